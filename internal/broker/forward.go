package broker

// forward says whether what came from one kind goes to another. "Never back to where it came from" is checked apart,
// by those who could send it back.
var forward = [kinds][kinds]bool{
	Client:    {Client: true, Inside: true, Route: true, Gateway: true, LeafBelow: true, LeafAbove: true},
	Inside:    {Client: true, Inside: true, Route: true, Gateway: true, LeafBelow: true, LeafAbove: true},
	Route:     {Client: true, Inside: true, LeafBelow: true},
	Gateway:   {Client: true, Inside: true, Route: true, LeafBelow: true, LeafAbove: true},
	LeafBelow: {Client: true, Inside: true, Route: true, Gateway: true, LeafBelow: true, LeafAbove: true},
	LeafAbove: {Client: true, Inside: true, Gateway: true, LeafBelow: true},
}
