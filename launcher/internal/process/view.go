package process

// View is the tree as one reading of the process table has found it, so that several
// questions cost one reading. The processes themselves are asked at each question.
type View struct {
	members []Member
	err     error // of the reading
}

// View reads the tree.
func (p *Process) View() View {
	members, err := p.Members()
	return View{members, err}
}
