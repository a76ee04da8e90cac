package purge

import "paddock/disk"

// paced is a disk whose reads are reported.
type paced struct {
	disk.FS
	pace func(bytes int) error
}

// Open implements disk.FS.
func (p paced) Open(name string) (disk.File, error) {
	f, err := p.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return pacedFile{f, p.pace}, nil
}

type pacedFile struct {
	disk.File
	pace func(bytes int) error
}

// ReadAt implements io.ReaderAt.
func (f pacedFile) ReadAt(b []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(b, off)
	if paceErr := f.pace(n); paceErr != nil {
		return 0, pacedError{paceErr}
	}
	return n, err
}

// pacedError ends a survey, where an error of the disk would mean a broken snapshot.
type pacedError struct{ error }

// Unwrap gives the cause.
func (e pacedError) Unwrap() error { return e.error }
