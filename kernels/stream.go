package kernels

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A guest talks on its second serial port in records:
//
//	0   4  "NVG1"
//	4   1  kind
//	5   4  length of the payload, little endian
//	9   4  CRC-32C of kind, length and payload, little endian
//	13  n  payload
//
// A serial line has no end and no error of its own: the length says where a
// record ends, the checksum that no byte was lost, and the last record (done)
// that nothing is missing.
const (
	recordMagic  = "NVG1"
	recordHeader = 13

	// recordLimit is the largest payload, in bytes: more than any evidence, and
	// little enough to make room for when a damaged length asks for it.
	recordLimit = 256 << 20
)

// recordKind says what a payload is.
type recordKind uint8

const (
	_            recordKind = iota
	recordHello             // first of all: JSON of hello
	recordBegin             // a scenario begins: its name
	recordResult            // a scenario has ended: see resultRecord
	recordOutput            // bytes that a test program wrote
	recordExit              // a test program has ended: JSON of exitRecord
	recordBroken            // init cannot go on, or recovered a panic: text
	recordDone              // last of all: JSON of doneRecord
	recordPulse             // whether its scenarios come forward: JSON of pulseRecord
	recordAway              // a record that lies in shared memory: ringPiece

	// squeezed marks a kind whose payload is compressed (RFC 1951): a serial port
	// moves a few hundred kilobytes a second under TCG.
	squeezed recordKind = 0x80
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errStreamCut says that a stream ended, or became unreadable, inside a record.
var errStreamCut = errors.New("the stream of results is cut")

// appendRecord appends one record to b.
func appendRecord(b []byte, kind recordKind, payload []byte) []byte {
	at := len(b)
	b = append(b, recordMagic...)
	b = append(b, byte(kind))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	sum := crc32.Update(crc32.Checksum(b[at+4:], castagnoli), castagnoli, payload)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return append(b, payload...)
}

// readRecord reads one record. io.EOF means that the stream ended between two;
// any other end is errStreamCut, and says what was wrong.
func readRecord(r io.Reader) (recordKind, []byte, error) {
	var head [recordHeader]byte
	n, err := io.ReadFull(r, head[:])
	switch {
	case errors.Is(err, io.EOF):
		return 0, nil, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return 0, nil, fmt.Errorf("%w: it ends after %d bytes of a record's %d byte header", errStreamCut, n, recordHeader)
	case err != nil:
		return 0, nil, err
	case string(head[:4]) != recordMagic:
		return 0, nil, fmt.Errorf("%w: %q where a record should begin", errStreamCut, head[:])
	}
	size := binary.LittleEndian.Uint32(head[5:])
	if size > recordLimit {
		return 0, nil, fmt.Errorf("%w: a record of %d bytes, at most %d are allowed", errStreamCut, size, recordLimit)
	}
	// Grows with what comes, not with what a damaged length promises.
	var payload bytes.Buffer
	got, err := io.CopyN(&payload, r, int64(size))
	if errors.Is(err, io.EOF) {
		return 0, nil, fmt.Errorf("%w: it ends after %d bytes of a record of %d", errStreamCut, got, size)
	}
	if err != nil {
		return 0, nil, err
	}
	sum := crc32.Update(crc32.Checksum(head[4:9], castagnoli), castagnoli, payload.Bytes())
	if sum != binary.LittleEndian.Uint32(head[9:]) {
		return 0, nil, fmt.Errorf("%w: the checksum of a record of %d bytes is wrong", errStreamCut, size)
	}
	return recordKind(head[4]), payload.Bytes(), nil
}

// squeeze compresses a payload.
func squeeze(payload []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(payload)
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}

// unsqueeze is the way back.
func unsqueeze(payload []byte) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(payload)), recordLimit+1))
	if err == nil && len(out) > recordLimit {
		err = fmt.Errorf("more than %d bytes", recordLimit)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: a compressed record: %w", errStreamCut, err)
	}
	return out, nil
}
