package run

import (
	"sync"
	"time"

	"netverify/assert"
)

// resultList takes results by their numbers, which come in order but for those
// under way. It grows with them: a million repetitions that are interrupted
// soon need no room for the rest.
type resultList struct {
	mu     sync.Mutex
	list   []assert.Result
	begun  map[int]assert.Result // of scenarios under way
	sealed bool                  // nothing is taken any more
}

func newResultList() *resultList { return &resultList{begun: make(map[int]assert.Result)} }

func (l *resultList) begin(i int, r assert.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun[i] = r
}

// set returns false where the result comes too late.
func (l *resultList) set(i int, r assert.Result) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.sealed {
		delete(l.begun, i)
		l.put(i, r)
	}
	return !l.sealed
}

func (l *resultList) put(i int, r assert.Result) {
	if missing := i + 1 - len(l.list); missing > 0 {
		l.list = append(l.list, make([]assert.Result, missing)...)
	}
	l.list[i] = r
}

// seal returns the results. Of a scenario that is still under way it is an error,
// with the reason why it is not waited for.
func (l *resultList) seal(why error) []assert.Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sealed = true
	for i, r := range l.begun {
		r.Outcome, r.Reason, r.Duration = assert.Error, "interrupted, and "+why.Error(), time.Since(r.Began)
		l.put(i, r)
	}
	return l.list
}
