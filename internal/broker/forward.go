package broker

// forward says whether what came from one kind goes to another. "Never back to where it came from" is checked apart,
// by those who could send it back.
var forward = [kinds][kinds]bool{
	Client:    {Client: true, Local: true, Route: true, Gateway: true, LeafBelow: true, LeafAbove: true},
	Local:     {Client: true, Local: true, Route: true, Gateway: true, LeafBelow: true, LeafAbove: true},
	Route:     {Client: true, Local: true, LeafBelow: true},
	Gateway:   {Client: true, Local: true, Route: true, LeafBelow: true, LeafAbove: true},
	LeafBelow: {Client: true, Local: true, Route: true, Gateway: true, LeafBelow: true, LeafAbove: true},
	LeafAbove: {Client: true, Local: true, Gateway: true, LeafBelow: true},
}
