package whole

// before is called before each step, with its name, and its error is taken for
// that of the system: tests make every step fail, once. Else it is nil.
var before func(what string) error

// step is one call of the system.
func step(what string, call func() error) error {
	if before != nil {
		if err := before(what); err != nil {
			return err
		}
	}
	return call()
}
