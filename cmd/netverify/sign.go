package main

import (
	"crypto/sha512"
	"fmt"
	"io"
	"os"

	"netverify/internal/input"
	"netverify/internal/sshsig"
	"netverify/internal/whole"
	"netverify/report"
)

// loadSigner reads the private key that evidence is signed with.
func loadSigner(name string) (*sshsig.Signer, error) {
	if name == "" {
		return nil, nil
	}
	text, err := input.ReadFile(name, sshsig.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("--sign: %w", err)
	}
	// As ssh(1) does: a key that others can read vouches for nothing.
	if info, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("--sign: %w", err)
	} else if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("--sign %s: others may read this private key (mode %04o): chmod 600 it", name, info.Mode().Perm())
	}
	s, err := sshsig.ParsePrivate(text)
	if err != nil {
		return nil, fmt.Errorf("--sign %s: %w", name, err)
	}
	return s, nil
}

// signAll leaves a signature beside each file of the evidence of a report, and
// says in the report by whom. The signature of what was there before, which an
// earlier run left, goes: without a signer none is left.
func signAll(s *sshsig.Signer, rep *report.Report) {
	for i := range rep.Runs {
		run := &rep.Runs[i]
		for j := range run.Scenarios {
			for _, file := range run.Scenarios[j].Evidence {
				if err := whole.Remove(run.Evidence, file+sshsig.Suffix); err != nil {
					run.Trouble = append(run.Trouble, fmt.Sprintf("a signature of what was there before %s stayed: %v", file, err))
				}
				if s == nil {
					continue
				}
				if err := sign(s, run.Evidence, file); err != nil {
					run.Trouble = append(run.Trouble, fmt.Sprintf("%s could not be signed: %v", file, err))
					continue
				}
				run.Signatures = append(run.Signatures, report.Signature{File: file, State: report.Signed, Key: s.Key.Fingerprint()})
			}
		}
	}
}

// sign leaves a signature beside a file below a folder.
func sign(s *sshsig.Signer, dir, name string) error {
	f, err := whole.Open(dir, name)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha512.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	return whole.Write(dir, name+sshsig.Suffix, func(f *os.File) error {
		_, err := f.Write(s.Sign(sshsig.Sum(sum.Sum(nil))))
		return err
	})
}
