package auth

import (
	"fmt"
	"slices"
	"strings"
)

// ConnectionType is a way of being connected, by its name in the configuration.
type ConnectionType string

// The connection types a user can be restricted to.
const (
	Standard   ConnectionType = "STANDARD"
	WebSocket  ConnectionType = "WEBSOCKET"
	LeafNode   ConnectionType = "LEAFNODE"
	LeafNodeWS ConnectionType = "LEAFNODE_WS"
	MQTT       ConnectionType = "MQTT"
	MQTTWS     ConnectionType = "MQTT_WS"
	InProcess  ConnectionType = "IN_PROCESS"
)

var connectionTypes = []ConnectionType{Standard, WebSocket, LeafNode, LeafNodeWS, MQTT, MQTTWS, InProcess}

// ParseConnectionType reads a name in any case.
func ParseConnectionType(name string) (ConnectionType, error) {
	t := ConnectionType(strings.ToUpper(name))
	if !slices.Contains(connectionTypes, t) {
		return "", fmt.Errorf("invalid connection types [%q]", string(t))
	}
	return t, nil
}
