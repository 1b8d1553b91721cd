package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"netverify/internal/hold"
	"netverify/internal/plain"
	"netverify/scenarios"
)

func enterCommand() *cobra.Command {
	var which string
	c := &cobra.Command{
		Use:   "enter [NODE [-- COMMAND [ARG...]]]",
		Short: "Run a command in a node of a lab that `run --hold` keeps",
		Long: `Run a command in the namespace of a node, or a shell where none is named. The lab is
one that 'netverify run --hold' of the same user keeps; without NODE those labs and
their nodes are listed. Where several are held, --run chooses by PID or by scenario.

The command runs with this terminal, in this folder and with this environment, and
has its own /proc and the /sys of the node. The PATH is followed by the folders
for system tools. Its exit status is that of enter; 125 says that it could not be
entered, 126 that the command is no program, 127 that there is none. What it leaves
running goes on until the lab is let go of.`,
		Example: `  netverify run macvlan/own-macs --hold always     # in one terminal
  netverify enter                                  # what is held?
  netverify enter c1 -- ip -br addr
  netverify enter sw -- bridge fdb show
  netverify enter c1 -- tcpdump -i eth0 -w - | wireshark -k -i -
  netverify enter c1                               # a shell`,
		Args: func(c *cobra.Command, args []string) error {
			if c.ArgsLenAtDash() == 0 && len(args) > 0 {
				return fmt.Errorf("which node? it stands before --")
			}
			if n := c.ArgsLenAtDash(); n > 1 || n < 0 && len(args) > 1 {
				return fmt.Errorf("one node, and -- before the command: netverify enter %s -- %s", args[0], strings.Join(args[1:], " "))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			runs, others, err := hold.Find()
			if err != nil {
				return cannotEnter(c, err)
			}
			defer func() {
				for _, r := range runs {
					r.Close()
				}
			}()
			if len(args) == 0 && len(runs) > 0 && which == "" {
				return output(listHeld(plain.Writer(c.OutOrStdout()), runs))
			}
			r, err := choose(runs, others, which)
			if err == nil && len(args) == 0 {
				return output(listHeld(plain.Writer(c.OutOrStdout()), []*hold.Run{r}))
			}
			if err == nil {
				err = knows(r, args[0])
			}
			if err != nil {
				return cannotEnter(c, err)
			}
			code, err := r.Enter(commandIn(args[0], args[1:]))
			if err != nil {
				fmt.Fprintln(c.ErrOrStderr(), "netverify:", plain.Text(err.Error()))
			}
			if code != 0 {
				return status(code)
			}
			return nil
		},
	}
	c.Flags().StringVar(&which, "run", "", "the PID of the run, or the scenario whose lab it holds, where there are several")
	return c
}

// cannotEnter ends as env(1) does where it cannot run a command.
func cannotEnter(c *cobra.Command, err error) error {
	fmt.Fprintln(c.ErrOrStderr(), "netverify:", plain.Text(err.Error()))
	return status(hold.CodeUnable)
}

// choose picks the run that is meant: the only one, or that with a PID or scenario.
func choose(runs []*hold.Run, others []int, which string) (*hold.Run, error) {
	var fit []*hold.Run
	for _, r := range runs {
		if which == "" || which == r.Scenario || which == strconv.Itoa(r.PID) {
			fit = append(fit, r)
		}
	}
	var known, labels []string
	for _, r := range runs {
		known = append(known, r.Scenario, strconv.Itoa(r.PID))
		labels = append(labels, fmt.Sprintf("\n  --run %d    %s (%s): %s", r.PID, r.Scenario, r.Outcome, strings.Join(names(r), " ")))
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(runs) == 0:
		return nil, fmt.Errorf("no lab is held: netverify run SCENARIO --hold on-fail keeps one%s", foreign(others))
	case len(fit) == 0:
		return nil, fmt.Errorf("no lab of %q is held%s%s", which, scenarios.DidYouMean(which, known), strings.Join(labels, ""))
	}
	return nil, fmt.Errorf("%d labs are held; which one?%s", len(fit), strings.Join(labels, ""))
}

// foreign says that others hold labs.
func foreign(uids []int) string {
	if len(uids) == 0 {
		return ""
	}
	var s []string
	for _, u := range uids {
		s = append(s, strconv.Itoa(u))
	}
	return fmt.Sprintf(" (another user does, uid %s: only the same user may enter)", strings.Join(s, ", "))
}

// names are the nodes of a run.
func names(r *hold.Run) []string {
	var out []string
	for _, n := range r.Nodes {
		out = append(out, n.Name)
	}
	return out
}

// knows says what is wrong with the name of a node.
func knows(r *hold.Run, node string) error {
	if all := names(r); !slices.Contains(all, node) {
		return fmt.Errorf("%s has no node %q%s; its nodes: %s", r.Scenario, node, scenarios.DidYouMean(node, all), strings.Join(all, ", "))
	}
	return nil
}

// listHeld writes what is held.
func listHeld(w io.Writer, runs []*hold.Run) error {
	for _, r := range runs {
		lines := append([]string{fmt.Sprintf("%s (%s), held by PID %d", r.Scenario, r.Outcome, r.PID)}, nodeLines(r.Nodes)...)
		if _, err := fmt.Fprintln(w, strings.Join(lines, "\n")); err != nil {
			return err
		}
	}
	return nil
}

// commandIn is a command of the user in a node, or a shell.
func commandIn(node string, args []string) hold.Command {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/" // it was removed
	}
	env := append(os.Environ(), "NETVERIFY_NODE="+node)
	if len(args) == 0 {
		shell := os.Getenv("SHELL")
		if shell == "" {
			shell = "sh"
		}
		args = []string{shell}
		env = append(env, prompt(node, shell)...)
	}
	return hold.Command{Node: node, Args: args, Env: env, Dir: dir}
}

// prompt makes a shell name the node in its prompt. bash(1) reads a file that
// may set PS1 before it asks for PROMPT_COMMAND; other shells take PS1 as it is,
// unless a file of theirs changes it.
func prompt(node, shell string) []string {
	if filepath.Base(shell) != "bash" {
		return []string{"PS1=(" + node + ") # ", "PROMPT=(" + node + ") %# "}
	}
	return []string{`PROMPT_COMMAND=PS1="(` + node + `) ${PS1#"(` + node + `) "}"`}
}
