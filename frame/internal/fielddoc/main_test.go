package main

import (
	"os"
	"testing"
)

func TestFieldsDocumentIsUpToDate(t *testing.T) {
	have, err := os.ReadFile("../../../docs/fields.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != markdown() {
		t.Error("docs/fields.md is not what the field table says; run: go generate ./frame")
	}
}
