// Package packaging holds what brings Sinew onto machines: the parts of the container image, units for systemd, the
// scripts of deb and rpm packages.
//
// Its code is tests. They run the binary the way the image, the unit and the Helm chart of NATS run it, without Docker,
// systemd or Kubernetes: what those would do is done step by step, from the same files.
package packaging
