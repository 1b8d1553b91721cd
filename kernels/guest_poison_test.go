package kernels

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"
)

// Machine code that a module's init function is replaced with.
var (
	// After a WARN's ud2: return 0.
	returnZero = []byte{0x31, 0xc0, 0xc3} // xor %eax,%eax; ret
	// Read what the null pointer points to.
	readNull = []byte{0x31, 0xc0, 0x48, 0x8b, 0x00, 0xc3} // xor %eax,%eax; mov (%rax),%rax; ret
)

// poison returns a module whose loading makes the kernel warn, or oops: its
// init function is moved to the ud2 of a WARN_ON of its own, which is followed
// by a return, or overwritten by a read of address 0. The signature is taken
// off, as the kernel refuses a wrong one and takes none.
func poison(t *testing.T, k *Kernel, module string, warn bool) []byte {
	t.Helper()
	load, missing, err := k.Resolve(module)
	if err != nil || len(missing) > 0 {
		t.Fatalf("module %s: %v %v", module, missing, err)
	}
	ko, err := load[len(load)-1].Read()
	if err != nil {
		t.Fatal(err)
	}
	ko = unsigned(ko)
	f, err := elf.NewFile(bytes.NewReader(ko))
	if err != nil {
		t.Fatal(err)
	}
	text := slices.IndexFunc(f.Sections, func(s *elf.Section) bool { return s.Name == ".text" })
	at := warnSite(t, f, text)
	code := f.Sections[text].Offset + at
	if warn {
		copy(ko[code+2:], returnZero)
	} else {
		copy(ko[code:], readNull)
	}
	moveInit(t, ko, f, text, at)
	return ko
}

// unsigned takes the appended signature off (struct module_signature, whose
// last four bytes are the length of what is before it).
func unsigned(ko []byte) []byte {
	body, signed := bytes.CutSuffix(ko, []byte("~Module signature appended~\n"))
	if !signed {
		return bytes.Clone(ko)
	}
	body = body[:len(body)-12-int(binary.BigEndian.Uint32(body[len(body)-4:]))]
	return bytes.Clone(body)
}

// warnSite finds the ud2 of a WARN in .text behind which no relocation writes:
// an entry of __bug_table with BUGFLAG_WARNING (struct bug_entry, relative
// pointers: address, file, u16 line, u16 flags).
func warnSite(t *testing.T, f *elf.File, text int) uint64 {
	t.Helper()
	table, err := f.Section("__bug_table").Data()
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var written []uint64
	for _, r := range relocations(t, f, ".rela.text") {
		written = append(written, r.Off)
	}
	for _, r := range relocations(t, f, ".rela__bug_table") { //nolint:misspell // the name of a section
		symbol := symbols[r.Info>>32-1]
		at := symbol.Value + uint64(r.Addend)
		if r.Off%12 != 0 || int(symbol.Section) != text || binary.LittleEndian.Uint16(table[r.Off+10:])&1 == 0 {
			continue
		}
		if !slices.ContainsFunc(written, func(w uint64) bool { return w+8 > at && w < at+8 }) {
			return at
		}
	}
	t.Fatal("the module has no WARN to borrow")
	return 0
}

func relocations(t *testing.T, f *elf.File, section string) []elf.Rela64 {
	t.Helper()
	data, err := f.Section(section).Data()
	if err != nil {
		t.Fatal(err)
	}
	list := make([]elf.Rela64, len(data)/24)
	if err := binary.Read(bytes.NewReader(data), binary.LittleEndian, list); err != nil {
		t.Fatal(err)
	}
	return list
}

// moveInit lets the symbol init_module stand for another place.
func moveInit(t *testing.T, ko []byte, f *elf.File, section int, at uint64) {
	t.Helper()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == "init_module" })
	if i < 0 {
		t.Fatal("the module has no init_module")
	}
	const size = 24 // struct elf64_sym: name u32, info, other u8, shndx u16, value, size u64
	sym := ko[f.SectionByType(elf.SHT_SYMTAB).Offset+uint64(i+1)*size:]
	binary.LittleEndian.PutUint16(sym[6:], uint16(section))
	binary.LittleEndian.PutUint64(sym[8:], at)
}
