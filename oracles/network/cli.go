//go:build tools

// The command line of netpol-analyzer, so that the module knows what it needs:
//
//	go build github.com/np-guard/netpol-analyzer/cmd/netpolicy
package main

import _ "github.com/np-guard/netpol-analyzer/pkg/cli"
