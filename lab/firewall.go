package lab

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// The one table that a lab makes, and its chain: nft(8)'s usual names.
const (
	filterTable  = "filter"
	forwardChain = "forward"
)

// withFirewall calls f with a connection to the packet filter of the node's
// namespace, in which the socket is opened; it is closed afterwards.
//
// The deadline is for a kernel without nf_tables: it answers a whole batch
// with one message (net/netfilter/nfnetlink.c:nfnetlink_rcv_batch), where the
// library waits for one each.
func (n *node) withFirewall(f func(*nftables.Conn) error) error {
	return n.ns.Do(func() error {
		limit := nftables.WithSockOptions(func(c *netlink.Conn) error { return c.SetDeadline(time.Now().Add(time.Minute)) })
		c, err := nftables.New(nftables.AsLasting(), limit)
		if errors.Is(err, unix.EPROTONOSUPPORT) {
			return &Unsupported{feature(scenarios.FeatureNFTables), fmt.Errorf("open netlink socket for netfilter: %w", unix.EPROTONOSUPPORT)}
		}
		if err != nil {
			return fmt.Errorf("open netlink socket for netfilter: %w", err)
		}
		return errors.Join(f(c), c.CloseLasting())
	})
}

// setFirewall makes f the whole packet filter of a node, in one transaction,
// and reads it back.
func (n *node) setFirewall(f *scenarios.Firewall) error {
	if f == nil {
		return nil
	}
	n.filters = true
	err := n.withFirewall(func(c *nftables.Conn) error {
		// A request by itself first: see withFirewall. Without nf_tables there is
		// nobody to take it: EINVAL (nfnetlink.c:nfnetlink_rcv_msg).
		if _, err := c.ListTablesOfFamily(nftables.TableFamilyINet); err != nil {
			return &Unsupported{feature(scenarios.FeatureNFTables), filterError(err)}
		}
		if err := n.replaceFirewall(c, f); err != nil {
			return err
		}
		got, err := n.readFirewall(c)
		if err != nil {
			return err
		}
		if asked, says := f.String(), got.String(); asked != says {
			return &Mismatch{"firewall", asked, says}
		}
		return nil
	})
	return n.lab.fail(f.Pos, n.plan.Pos, "set", n.name+" firewall", err)
}

// replaceFirewall adds the table, so that it can be deleted, and makes it
// anew: what nft(8) users write at the head of their files.
func (n *node) replaceFirewall(c *nftables.Conn, f *scenarios.Firewall) error {
	table := &nftables.Table{Name: filterTable, Family: nftables.TableFamilyINet}
	c.AddTable(table)
	c.DelTable(table)
	if f.Forward != nil {
		policy := nftables.ChainPolicyAccept
		if f.Forward.Policy == "drop" {
			policy = nftables.ChainPolicyDrop
		}
		chain := &nftables.Chain{
			Name: forwardChain, Table: table, Type: nftables.ChainTypeFilter,
			Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter, Policy: &policy,
		}
		c.AddTable(table)
		c.AddChain(chain)
		for _, m := range f.Forward.Accept {
			exprs, err := n.filterRule(m)
			if err != nil {
				return err
			}
			c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: exprs})
		}
	}
	err := filterError(c.Flush())
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) {
		// The type of the chain is not there for the family
		// (net/netfilter/nf_tables_api.c:nf_tables_chain_type_lookup).
		return &Unsupported{feature(scenarios.FeatureNFTablesInet), err}
	}
	return err
}

// filterError is the first errno inside an error of the library, which lists
// those of all messages of a batch.
func filterError(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return &kernelError{errno: errno}
	}
	return err
}

// readFirewall reads the packet filter back. It is an error where the kernel
// has a base chain, or a part of a rule, that no scenario can ask for.
func (n *node) readFirewall(c *nftables.Conn) (*scenarios.Firewall, error) {
	chains, err := c.ListChainsOfTableFamily(nftables.TableFamilyUnspecified)
	if err != nil {
		return nil, fmt.Errorf("list chains: %w", filterError(err))
	}
	f := &scenarios.Firewall{}
	for _, chain := range chains {
		known := chain.Table.Name == filterTable && chain.Table.Family == nftables.TableFamilyINet && chain.Name == forwardChain &&
			chain.Type == nftables.ChainTypeFilter && chain.Policy != nil &&
			chain.Hooknum != nil && *chain.Hooknum == *nftables.ChainHookForward && *chain.Priority == *nftables.ChainPriorityFilter
		if !known {
			return nil, fmt.Errorf("the kernel has the chain %s %s, which is none of this lab", chain.Table.Name, chain.Name)
		}
		f.Forward = &scenarios.FilterChain{Policy: "accept"}
		if *chain.Policy == nftables.ChainPolicyDrop {
			f.Forward.Policy = "drop"
		}
		rules, err := c.GetRules(chain.Table, chain)
		if err != nil {
			return nil, fmt.Errorf("list rules: %w", filterError(err))
		}
		for _, r := range rules {
			m, err := n.filterMatch(r.Exprs)
			if err != nil {
				return nil, err
			}
			f.Forward.Accept = append(f.Forward.Accept, m)
		}
	}
	return f, nil
}

// firewallValue is the state key "firewall".
func (n *node) firewallValue() (string, bool, error) {
	var f *scenarios.Firewall
	err := n.withFirewall(func(c *nftables.Conn) (err error) {
		f, err = n.readFirewall(c)
		return err
	})
	var u *Unsupported
	if errors.As(err, &u) || errors.Is(err, unix.EINVAL) { // no nf_tables, no filter
		return "", false, nil
	}
	if err != nil || f.Forward == nil {
		return "", false, err
	}
	return f.String(), true, nil
}
