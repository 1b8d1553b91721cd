package scenarios

import "testing"

func docsFiles(t *testing.T) []string { return nil }
