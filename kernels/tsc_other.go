//go:build !amd64

package kernels

// rdtsc is 0 where there is no such counter.
func rdtsc() uint64 { return 0 }
