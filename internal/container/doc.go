// Package container reads the limits that a control group, as of a container, sets for this process.
package container
