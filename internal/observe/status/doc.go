// Package status is the documents that tell a server's state (/varz, /connz, /subsz, /healthz): their fields, the
// questions that can be put to them, and how rows are chosen, ordered and cut into pages.
//
// It is pure: the server supplies rows and the time. Field names, their order and the texts of errors are those that
// monitoring tools expect; testdata holds recorded documents they are compared with.
package status
