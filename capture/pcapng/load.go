package pcapng

import (
	"fmt"

	"netverify/internal/input"
)

// Load reads a capture file by name, as Read does; the error names the file.
// "-" is standard input.
func Load(name string) (*File, error) { return LoadWith(name, ReadOptions{Comments: true}) }

// LoadWith is Load for those who hold less, or may hold more.
func LoadWith(name string, o ReadOptions) (*File, error) {
	f, err := input.Open(name, o.Tell)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := ReadWith(f, o)
	if err != nil {
		return file, fmt.Errorf("%s: %w", name, err)
	}
	return file, nil
}
