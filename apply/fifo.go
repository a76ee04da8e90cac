package apply

// spareMax is the capacity that an empty queue may keep: most have one for each connection.
const spareMax = 1024

// fifo is a queue over one slice that is reused when it runs empty.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }

// front is the oldest element; the queue must not be empty.
func (q *fifo[T]) front() *T { return &q.items[q.head] }

// at is the element behind i others.
func (q *fifo[T]) at(i int) *T { return &q.items[q.head+i] }

func (q *fifo[T]) pop() T {
	var zero T
	v := q.items[q.head]
	q.items[q.head] = zero // what it refers to is free to go
	q.head++
	switch {
	case q.head == len(q.items) && cap(q.items) > spareMax:
		q.items, q.head = nil, 0
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
	case q.head >= 64 && q.head*2 >= len(q.items):
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	return v
}
