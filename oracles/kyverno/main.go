// Kyverno behind a line protocol, for comparing Ironhull with it. One program, because building Kyverno takes
// minutes and everything here shares it.
//
// The first argument chooses the job; each has a file that says what its questions and answers are:
//
//	jmespath    expressions
//	pattern     patterns and conditions
//	mutate      merges, JSON Patches and differences
//	policy      whole policies
//	types       the Go types of pods and what has them
//
// A question is a JSON line of standard input, and its answer is a JSON line of standard output.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// jobs answer a line each. A reply that is a json.RawMessage is written as it is.
var jobs = map[string]func(line []byte) any{
	"jmespath": jmespathAnswer,
	"pattern":  patternAnswer,
	"mutate":   mutateAnswer,
	"policy":   policyAnswer,
	"types":    typesAnswer,
}

func main() {
	// Otherwise it complains after half a minute.
	log.SetLogger(logr.Discard())
	var job func([]byte) any
	if len(os.Args) == 2 {
		job = jobs[os.Args[1]]
	}
	if job == nil {
		fail(errors.New("usage: kyverno jmespath|pattern|mutate|policy|types"))
	}
	go watch()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			current.Store(&line)
			if err := encoder.Encode(job(line)); err != nil {
				fail(err)
			}
			// Somebody may wait for the answer before asking on.
			if in.Buffered() == 0 {
				if err := out.Flush(); err != nil {
					fail(err)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fail(err)
		}
	}
}

// The question that is being answered.
var current atomic.Pointer[[]byte]

// watch ends the program before a question takes all memory of the machine: Kyverno knows no limit.
func watch() {
	for range time.Tick(200 * time.Millisecond) {
		var found runtime.MemStats
		runtime.ReadMemStats(&found)
		if line := current.Load(); found.HeapAlloc > 4<<30 && line != nil {
			fail(fmt.Errorf("too much memory is taken by %s", *line))
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
