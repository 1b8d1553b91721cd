// Package filter is a subset of Wireshark's display-filter language over the
// field table of package frame.
package filter
