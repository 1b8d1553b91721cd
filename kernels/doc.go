// Package kernels finds kernels and runs scenarios in them: a guest under QEMU
// whose /init is this same binary.
//
// Find turns what a user names into a Kernel: an image, a folder of modules,
// perhaps a configuration. It reads Debian packages and module metadata in
// process; only the download from Debian's archive is left to apt-get, which
// gets sources, lists and caches of its own below the cache folder and never
// touches those of the system.
//
// # The cache
//
// An entry is one folder, complete or absent: it is filled beside its final
// name and renamed there as the last step. Size and SHA-256 of every file in it
// are kept and compared before each use, so an entry is either what was
// unpacked or an error that names the file. What came from Debian's archive is
// then fetched again.
//
// # Modules
//
// Resolve lists the modules to load in their order. Dependencies come from
// depmod(8)'s files where the folder has them and from the modules' own
// .modinfo section where it has not, as in a Debian package that no postinst
// has run for. What modules.builtin lists needs no loading. What is in neither
// is missing, by name: the kernel was built without it.
//
// # Guests
//
// Run and RunTest boot a kernel with an initramfs that is made in memory: this
// program as /init (it must be static, and call GuestMain where InGuest says
// so), the modules, the scenarios. The guest streams one record a scenario,
// evidence included, over its second serial port, and ends with a record that
// counts them. QEMU gets no disk, no network and no file of the user's, and
// dies with the thread that waits for it.
//
// A guest that ends otherwise is a *GuestError with an Ending of its own and
// the console. Whatever happens, each plan has a result. A kernel that panics
// fails the scenario that ran, and one that reports against itself (an oops, a
// WARNING) makes a pass of that scenario a fail: both are the kernel's. All
// else (no boot, a cut stream, a crash of QEMU) is an error, and says nothing
// about the kernel. What did not run because of any of this runs in another
// guest, a few times.
package kernels
