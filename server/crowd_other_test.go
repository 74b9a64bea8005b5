//go:build !unix

package server_test

func crowdSize() int { return 500 }
