// Package contexts keeps saved connections to NATS servers in the files of the nats tool (ADR-21), so that both tools
// read what the other one wrote:
//
//	~/.config/nats/context/NAME.json   one context
//	~/.config/nats/context.txt         the name of the selected one; absent when none is
//	~/.config/nats/previous-context.txt
//
// $XDG_CONFIG_HOME stands in for ~/.config.
package contexts
