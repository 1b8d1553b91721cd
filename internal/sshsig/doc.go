// Package sshsig makes and verifies SSH signatures of files, as `ssh-keygen -Y
// sign` and `ssh-keygen -Y verify` do (PROTOCOL.sshsig of OpenSSH). They are
// detached: a file FILE.sig stands beside the file, and says of every byte of
// it that the owner of a key has signed it.
//
// Keys are of the type ssh-ed25519 (RFC 8709); the hash is SHA-512, which is
// ssh-keygen's default. Other types, keys with a passphrase, certificates and
// the options of an allowed signers file are refused with the reason: the
// signatures are ssh-keygen's own, so it can make and check what is refused
// here. The package is pure: it is given texts and sums.
package sshsig

import "crypto/sha512"

// Namespace is what evidence is signed for (ssh-keygen -n): a signature that
// somebody made for another purpose, as git does with "git", is none of
// evidence.
const Namespace = "netverify"

// Suffix is what a file's name is given for that of its signature.
const Suffix = ".sig"

// MaxBytes is more than a key, a list of signers or a signature has, bytes.
const MaxBytes = 1 << 20

// Sum is the SHA-512 of a file.
type Sum = [sha512.Size]byte
