import Synchronization

/// Transfers that wait for a thread of one client, and the threads that could take one.
///
/// A thread takes the next by itself when it has room; only one that has nothing to do is woken. So a busy client
/// switches no threads for a transfer, and a server that does not answer holds up nobody else's.
final class CurlQueue: Sendable {
    struct Submission {
        let transfer: CurlTransfer
        let reply: CheckedContinuation<Result<Void, CurlError>, Never>
    }

    private struct State {
        var waiting: [Submission] = []
        /// Asleep with room for more; the last is the one that slept the shortest.
        var idle: [CurlLoop] = []
        /// Threads that run.
        var loops: [ObjectIdentifier: CurlLoop] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// A thread begins.
    func add(_ loop: CurlLoop) { self.state.withLock { $0.loops[ObjectIdentifier(loop)] = loop } }

    func submit(_ submission: Submission) {
        let (isAccepted, sleeper) = self.state.withLock { state -> (Bool, CurlLoop?) in
            guard !state.isStopping else { return (false, nil) }
            state.waiting.append(submission)
            return (true, state.idle.popLast())
        }
        // Not under the lock: waking is a call of the system.
        sleeper?.wake()
        if !isAccepted { submission.reply.resume(returning: .failure(.shutDown)) }
    }

    /// May come before, during or after the transfer.
    func cancel(_ transfer: CurlTransfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        let (unbegun, loops) = self.state.withLock { state -> (Submission?, [CurlLoop]) in
            if let place = state.waiting.firstIndex(where: { $0.transfer === transfer }) {
                return (state.waiting.remove(at: place), [])
            }
            return (nil, Array(state.loops.values))
        }
        // Rare: whichever thread has it finds the mark.
        for loop in loops { loop.wake() }
        unbegun?.reply.resume(returning: .failure(.cancelled(mayHaveRun: false)))
    }

    func stop() {
        let unbegun = self.state.withLock { state in
            state.isStopping = true
            for loop in state.loops.values { loop.stop() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for submission in unbegun { submission.reply.resume(returning: .failure(.shutDown)) }
    }

    /// What a thread is to begin now. With room left over it is woken by the next transfer.
    ///
    /// - Returns: nil when it is to end.
    func next(_ loop: CurlLoop, room: Int) -> [Submission]? {
        self.state.withLock { state in
            guard !state.isStopping else { return nil }
            let count = min(max(0, room), state.waiting.count)
            let taken = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            state.idle.removeAll { $0 === loop }
            if count < room { state.idle.append(loop) }
            return taken
        }
    }

    /// A thread has ended: it may not be woken any more.
    func remove(_ loop: CurlLoop) {
        self.state.withLock { state in
            state.loops[ObjectIdentifier(loop)] = nil
            state.idle.removeAll { $0 === loop }
        }
    }
}
