import NIOCore

/// The rooms of one event loop that have something to write. Confined to its loop.
///
/// At the end of one read a room is written at once, unless it is busy: then it collects for a moment, so that one
/// write serves many events. What came during the last flush tells which: a room whose events come one at a time,
/// however quickly, never waits for a timer.
final class DueFlushes {
    private let eventLoop: any EventLoop
    /// How long a busy room collects.
    private let joinWindow: TimeAmount
    private let counters: LoopCounters
    private var rooms: [RoomFanout] = []
    private var timer: Scheduled<Void>?

    init(eventLoop: any EventLoop, joinWindow: TimeAmount, counters: LoopCounters) {
        self.eventLoop = eventLoop
        self.joinWindow = joinWindow
        self.counters = counters
    }

    func add(_ room: RoomFanout) {
        guard room.hasOutgoing, !room.isQueued else { return }
        room.isQueued = true
        self.rooms.append(room)
    }

    /// The end of one read.
    func flush() {
        guard !self.rooms.isEmpty else { return }
        let now = NIODeadline.now()
        var later: [RoomFanout] = []
        for room in self.rooms {
            if !room.isBusy || now - room.lastFlush >= self.joinWindow {
                self.flush(room)
            } else {
                later.append(room)
            }
        }
        self.rooms = later
        guard !later.isEmpty, self.timer == nil else { return }
        self.timer = self.eventLoop.assumeIsolated().scheduleTask(in: self.joinWindow) {
            self.timer = nil
            let rooms = self.rooms
            self.rooms = []
            for room in rooms { self.flush(room) }
        }
    }

    private func flush(_ room: RoomFanout) {
        room.isQueued = false
        self.counters.deliveries += room.flush()
    }
}
