// Command behaviour writes docs/behaviour.md: the rules of the library, where
// the kernel's source states each, and the kernels on which each was seen to
// hold. The first two come from the scenarios, the last from docs/seen.json.
//
//	go run ./internal/behaviour -docs docs                      # what go generate does
//	go run ./internal/behaviour -docs docs -record report.json  # takes the outcomes of a run over first
//	go run ./internal/behaviour -docs docs -linux ../linux      # checks the places against a source tree
//
// Nothing is recorded but passes and skips, each of a scenario that does and
// expects what the library's does now (scenarios.Plan.Digest).
package main

//go:generate go run . -docs ../../docs
