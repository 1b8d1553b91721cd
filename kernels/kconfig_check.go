package kernels

import "fmt"

// Lack returns "" where a configuration meets a need, and else what it has
// instead, as a clause. Builtin says that no modules come with the kernel:
// what is one is lacking then.
func (c KernelConfig) Lack(n ConfigNeed, builtin bool) string {
	value, set := c[n.Option]
	switch {
	case !set:
		return "is not set"
	case n.Least > 0 && c.number(n.Option) < n.Least:
		return fmt.Sprintf("is %s, must be %d at least", value, n.Least)
	case n.Least > 0 || value == "y":
		return ""
	case value != "m":
		return fmt.Sprintf("is %s, not y", value)
	case !n.Module:
		return "is a module, must be built in"
	case builtin:
		return "is a module, and no modules come with the kernel"
	case c["CONFIG_MODULES"] != "y":
		return "is a module, but CONFIG_MODULES is not set"
	}
	return ""
}
