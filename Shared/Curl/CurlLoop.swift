import CCurl
import Glibc
import Logging
import Synchronization

/// A thread that owns a `curl_multi` and everything in it. `active` belongs to the thread alone.
final class CurlLoop: @unchecked Sendable {
    private let multi: UnsafeMutableRawPointer
    private let queue: CurlQueue
    private let stopFlag = CurlStop()
    private let capacity: Int
    private let logger: Logger
    /// Whether `multi` is gone.
    private let hasEnded = Mutex(false)
    private var active: [UnsafeMutableRawPointer: CurlQueue.Submission] = [:]

    /// `curl_global_init` is not thread safe: once, before the first handle.
    private static let isInitialised: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(_ configuration: CurlConfiguration, queue: CurlQueue, logger: Logger) {
        precondition(Self.isInitialised, "libcurl cannot be initialised")
        guard let multi = curl_multi_init() else { preconditionFailure("out of memory for curl_multi_init") }
        self.multi = multi
        self.queue = queue
        self.logger = logger
        // One thread keeps what waits for a connection; of several, each leaves it to the others.
        self.capacity = configuration.threads > 1 ? configuration.connectionsPerHost : .max
        _ = squadchat_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
        _ = squadchat_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.idleConnections)
    }

    func start() {
        self.queue.add(self)
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, curlThread, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "no thread for libcurl: \(code)")
        pthread_detach(thread)
    }

    /// From any thread.
    func wake() {
        self.hasEnded.withLock { hasEnded in
            if !hasEnded { curl_multi_wakeup(self.multi) }
        }
    }

    /// Like ``wake()``; read also by transfers that block the thread.
    func stop() {
        self.stopFlag.value.store(true, ordering: .releasing)
        self.wake()
    }

    /// The body of the thread.
    func run() {
        while let submissions = self.queue.next(self, room: self.capacity - self.active.count) {
            for submission in submissions { self.begin(submission) }
            let hasRoomAgain = self.abortCancelled()
            var running: CInt = 0
            curl_multi_perform(self.multi, &running)
            // Whoever has ended one looks for the next before it sleeps.
            if self.finishCompleted() || hasRoomAgain { continue }
            var touched: CInt = 0
            curl_multi_poll(self.multi, nil, 0, 1_000, &touched)
        }
        for submission in self.active.values { self.abort(submission) }
        self.queue.remove(self)
        self.hasEnded.withLock { $0 = true }
        curl_multi_cleanup(self.multi)
        self.logger.debug("the curl thread has ended")
    }

    private func begin(_ submission: CurlQueue.Submission) {
        let handle = submission.transfer.handle
        guard !submission.transfer.isCancelled.load(ordering: .acquiring) else {
            submission.reply.resume(returning: .failure(.cancelled(mayHaveRun: false)))
            return
        }
        submission.transfer.begin(stoppedBy: self.stopFlag)
        let code = curl_multi_add_handle(self.multi, handle)
        guard code == CURLM_OK else {
            submission.reply.resume(returning: .failure(.invalid(String(cString: curl_multi_strerror(code)))))
            return
        }
        self.active[handle] = submission
    }

    /// - Returns: Whether there was any.
    private func abortCancelled() -> Bool {
        let cancelled = self.active.values.filter { $0.transfer.isCancelled.load(ordering: .acquiring) }
        for submission in cancelled { self.abort(submission) }
        return !cancelled.isEmpty
    }

    private func abort(_ submission: CurlQueue.Submission) {
        let mayHaveRun = submission.transfer.isHandedOver
        self.remove(submission, result: .failure(.cancelled(mayHaveRun: mayHaveRun)))
    }

    /// - Returns: Whether there was any.
    private func finishCompleted() -> Bool {
        var left: CInt = 0
        var hasFinished = false
        while let message = curl_multi_info_read(self.multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let submission = self.active[handle]
            else { continue }
            hasFinished = true
            self.remove(submission, result: submission.transfer.finish(message.pointee.data.result))
        }
        return hasFinished
    }

    private func remove(_ submission: CurlQueue.Submission, result: Result<Void, CurlError>) {
        self.active[submission.transfer.handle] = nil
        curl_multi_remove_handle(self.multi, submission.transfer.handle)
        submission.reply.resume(returning: result)
    }
}

/// A named function: a closure would carry the isolation of where it stands onto a foreign thread.
private func curlThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
