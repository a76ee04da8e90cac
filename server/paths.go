package server

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"paddock/config"
	"paddock/metric"
)

// Statistics of paths: the log tells from time to time for which znodes most requests come (RequestPathMetricsCollector, 3.9.5).

// pathDepthShown is how many names of a path a report of ZooKeeper's tells apart at most.
const pathDepthShown = 4

// newPaths is nil unless the configuration asks for it.
func newPaths(cfg *config.PathStats) *metric.Paths {
	if !cfg.Enabled {
		return nil
	}
	return metric.NewPaths(min(cfg.DepthMax, pathDepthShown), time.Duration(cfg.SlotCapacity)*slotTime(cfg))
}

func slotTime(cfg *config.PathStats) time.Duration {
	return time.Duration(cfg.SlotSeconds) * time.Second
}

// visited is what the processor calls for each request that may be counted; nil if none is.
func (s *Server) visited() func(write bool, path string) {
	if s.paths == nil {
		return nil
	}
	rate := s.cfg.PathStats.SampleRate
	return func(write bool, path string) {
		if s.env.Random() <= rate {
			s.paths.Count(write, path)
		}
	}
}

// reportPaths ends slots and reports until ctx ends.
func reportPaths(ctx context.Context, paths *metric.Paths, cfg *config.PathStats, log *slog.Logger) {
	if paths == nil {
		return
	}
	log.Info("counting requests by their paths", "sampleRate", cfg.SampleRate, "window", time.Duration(cfg.SlotCapacity)*slotTime(cfg))
	slot := time.NewTicker(slotTime(cfg))
	defer slot.Stop()
	report := time.NewTimer(time.Duration(cfg.InitialMinutes) * time.Minute)
	defer report.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-slot.C:
			paths.Roll(now)
		case now := <-report.C:
			logPaths(paths.Report(now, cfg.PathsMax), log)
			report.Reset(time.Duration(cfg.Minutes) * time.Minute)
		}
	}
}

// logPaths words its lines as ZooKeeper does, where scripts may look for them.
func logPaths(r metric.PathReport, log *slog.Logger) {
	log.Info("Here are the top Read paths:")
	for _, p := range r.Reads {
		log.Info(p.Path + " : " + strconv.Itoa(p.Count))
	}
	log.Info("Here are the top Write paths:")
	for _, p := range r.Writes {
		log.Info(p.Path + " : " + strconv.Itoa(p.Count))
	}
	if r.LeftOut > 0 {
		log.Warn("there were more paths than can be counted apart", "requestsLeftOut", r.LeftOut)
	}
}
