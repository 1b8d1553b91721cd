// Command pcaps keeps the reference captures: one file of evidence a built-in
// scenario, in pcaps/, with an index.
//
//	go run ./internal/pcaps -dir pcaps -record bin/pcaps   # takes over what a run has left (netverify run --out)
//	go run ./internal/pcaps -rest bin/pcaps                # names the scenarios that a run has left nothing of
//	go run ./internal/pcaps -compare bin/pcaps,bin/again   # compares what two runs have left
//	go run ./internal/pcaps -dir pcaps                     # writes README.md from the index: what go generate does
//
// A file is written anew only where it would tell something else: where the
// scenario, a verdict or the way of a frame has changed. Times, and what a
// kernel or a run draws at random, differ in every run and are not compared.
package main

//go:generate go run . -dir ../../pcaps
