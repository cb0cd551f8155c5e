// netpol-analyzer behind a line protocol, for comparing Ironhull with it.
//
// Reads JSON lines from standard input and answers each with one JSON line:
//
//	{"id": 1, "objects": [{"apiVersion": "v1", "kind": "Pod", …}, …], "exposure": false}
//	→ {"id": 1, "connections": "[{\"src\": …, \"dst\": …, \"conn\": …}, …]", "warnings": ["…"]}
//	→ {"id": 1, "error": "…"}        the analysis stopped, or an object was left out as malformed
//
//	{"id": 1, "objects": […], "packets": [{"src": "ns/pod", "dst": "10.0.0.1", "protocol": "TCP", "port": "80"}]}
//	→ {"id": 1, "allowed": [true]}   what `evaluate` says, which is decided by other code than the list
//
// `connections` is the text that `list -o json` prints. `format` asks for another one (txt, md, csv, dot),
// `explain` for the explanation (txt only), `focus` for workloads and `focusConn` for one connection, as the
// flags of that command do.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/np-guard/netpol-analyzer/pkg/logger"
	"github.com/np-guard/netpol-analyzer/pkg/manifests/parser"
	"github.com/np-guard/netpol-analyzer/pkg/netpol/connlist"
	"github.com/np-guard/netpol-analyzer/pkg/netpol/eval"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/resource"
)

type request struct {
	ID        json.RawMessage   `json:"id"`
	Objects   []json.RawMessage `json:"objects"`
	Exposure  bool              `json:"exposure"`
	Explain   bool              `json:"explain"`
	Format    string            `json:"format"`
	Focus     []string          `json:"focus"`
	FocusConn string            `json:"focusConn"`
	Packets   []packet          `json:"packets"`
}

type packet struct {
	Src      string `json:"src"`
	Dst      string `json:"dst"`
	Protocol string `json:"protocol"`
	Port     string `json:"port"`
}

type answer struct {
	ID          json.RawMessage `json:"id"`
	Connections *string         `json:"connections,omitempty"`
	Warnings    []string        `json:"warnings,omitempty"`
	Allowed     []bool          `json:"allowed,omitempty"`
	Error       string          `json:"error,omitempty"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 1<<20), 1<<27)
	output := bufio.NewWriterSize(os.Stdout, 1<<16)
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	for input.Scan() {
		var req request
		var reply answer
		if err := json.Unmarshal(input.Bytes(), &req); err != nil {
			reply = answer{Error: "request: " + err.Error()}
		} else {
			reply = analyze(req)
		}
		if err := encoder.Encode(reply); err != nil {
			fail(err)
		}
		if err := output.Flush(); err != nil {
			fail(err)
		}
	}
	if err := input.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

// analyze runs one analysis. A panic of the analyzer becomes an error of this request alone.
func analyze(req request) (reply answer) {
	reply.ID = req.ID
	defer func() {
		if panicked := recover(); panicked != nil {
			reply = answer{ID: req.ID, Error: fmt.Sprintf("panic: %v", panicked)}
		}
	}()
	infos := make([]*resource.Info, 0, len(req.Objects))
	for i, raw := range req.Objects {
		object := &unstructured.Unstructured{}
		// Keeps integers as integers, as a manifest read from a file has them.
		if err := object.UnmarshalJSON(raw); err != nil {
			reply.Error = fmt.Sprintf("object %d: %v", i, err)
			return reply
		}
		infos = append(infos, &resource.Info{Source: fmt.Sprintf("object-%d.yaml", i), Object: object,
			Name: object.GetName(), Namespace: object.GetNamespace()})
	}
	if len(req.Packets) > 0 {
		allowed, err := evaluate(infos, req.Packets)
		if err != nil {
			reply.Error = err.Error()
		}
		reply.Allowed = allowed
		return reply
	}
	format := req.Format
	if format == "" {
		format = "json"
	}
	options := []connlist.ConnlistAnalyzerOption{connlist.WithOutputFormat(format),
		connlist.WithFocusWorkloadList(req.Focus), connlist.WithFocusConnection(req.FocusConn),
		connlist.WithLogger(logger.NewDefaultLoggerWithVerbosity(logger.LowVerbosity)), connlist.WithMuteErrsAndWarns()}
	if req.Exposure {
		options = append(options, connlist.WithExposureAnalysis())
	}
	if req.Explain {
		options = append(options, connlist.WithExplanation())
	}
	analyzer := connlist.NewConnlistAnalyzer(options...)
	connections, _, err := analyzer.ConnlistFromResourceInfos(infos)
	if err != nil {
		reply.Error = err.Error()
		return reply
	}
	var malformed []string
	for _, found := range analyzer.Errors() {
		reply.Warnings = append(reply.Warnings, found.Error().Error())
		if found.IsSevere() || strings.Contains(found.Error().Error(), "error for resource") {
			malformed = append(malformed, found.Error().Error())
		}
	}
	if len(malformed) > 0 {
		reply.Error = strings.Join(malformed, "; ")
		return reply
	}
	text, err := analyzer.ConnectionsListToString(connections)
	if err != nil {
		reply.Error = err.Error()
		return reply
	}
	reply.Connections = &text
	return reply
}

func evaluate(infos []*resource.Info, packets []packet) ([]bool, error) {
	quiet := logger.NewDefaultLoggerWithVerbosity(logger.LowVerbosity)
	objects, _ := parser.ResourceInfoListToK8sObjectsList(infos, quiet, true)
	engine, err := eval.NewPolicyEngineWithOptionsList(eval.WithObjectsList(objects), eval.WithLogger(quiet))
	if err != nil {
		return nil, err
	}
	allowed := make([]bool, len(packets))
	for i, p := range packets {
		if allowed[i], err = engine.CheckIfAllowed(p.Src, p.Dst, p.Protocol, p.Port); err != nil {
			return nil, err
		}
	}
	return allowed, nil
}
