import CCurl
import Glibc
public import Logging
import Synchronization

/// Limits that hold for a whole client.
public struct CurlConfiguration: Sendable {
    /// Connections to one host at a time; more transfers wait for one of them. At least 1.
    public var connectionsPerHost: Int

    /// Idle connections kept for the next transfer, over all hosts. At least 0.
    public var idleConnections: Int

    /// Threads, each with connections of its own. At least 1.
    ///
    /// One is enough for HTTP. For mail take one for each connection: libcurl 7.88 waits for the answer to a mail's
    /// content without giving the thread back, so a slow mail server would hold up every other transfer.
    public var threads: Int

    /// - Parameters:
    ///   - connectionsPerHost: Connections of one thread to one host at a time; default 8.
    ///   - idleConnections: Idle connections that a thread keeps; default 16.
    ///   - threads: Default 1.
    public init(connectionsPerHost: Int = 8, idleConnections: Int = 16, threads: Int = 1) {
        self.threads = max(1, threads)
        self.connectionsPerHost = max(1, connectionsPerHost)
        self.idleConnections = max(0, idleConnections)
    }
}

/// HTTP and SMTP over libcurl: one `curl_multi` on a thread of its own, with connections kept for reuse.
///
/// Cancelling the calling task aborts its transfer. Nothing is ever repeated by itself: only the caller knows whether
/// that is harmless.
public final class CurlClient: Sendable {
    private let loops: [CurlLoop]

    /// Starts the threads.
    public init(_ configuration: CurlConfiguration = CurlConfiguration(), logger: Logger) {
        self.loops = (0..<configuration.threads).map { _ in CurlLoop(configuration, logger: logger) }
        for loop in self.loops { loop.start() }
    }

    deinit { self.shutdown() }

    /// One HTTP request and the whole of its answer. Redirects are not followed; any status is an answer, not an error.
    public func execute(_ request: HTTPRequest) async throws(CurlError) -> HTTPResponse {
        let transfer = try HTTPTransfer(request)
        try await self.run(transfer)
        return transfer.response
    }

    /// Hands one message to a mail server.
    ///
    /// - Returns: What the server said, for each recipient too: it may take the message for some of them only.
    /// - Throws: ``CurlError/refused(_:)`` when it took the message for nobody.
    public func send(_ mail: MailSubmission, to server: SMTPServer) async throws(CurlError) -> MailReceipt {
        let transfer = try MailTransfer(mail, server: server)
        try await self.run(transfer)
        return transfer.receipt
    }

    /// Aborts what is under way, as by cancellation, and ends the threads. Later calls throw ``CurlError/shutDown``.
    public func shutdown() { for loop in self.loops { loop.stop() } }

    private func run(_ transfer: CurlTransfer) async throws(CurlError) {
        // The least busy; among equals the first, so that few transfers keep few connections warm.
        guard let loop = self.loops.min(by: { $0.load < $1.load }) else { throw .shutDown }
        let result: Result<Void, CurlError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(CurlLoop.Submission(transfer: transfer, reply: continuation))
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        try result.get()
    }
}

/// The thread that owns the `curl_multi` and everything in it. `active` belongs to the thread alone; what others reach
/// is under the mutex.
private final class CurlLoop: @unchecked Sendable {
    struct Submission {
        let transfer: CurlTransfer
        let reply: CheckedContinuation<Result<Void, CurlError>, Never>
    }

    /// What other threads leave for ours.
    private struct Inbox {
        var submissions: [Submission] = []
        /// Some transfer carries the mark of cancellation.
        var hasCancellations = false
        var isStopping = false
        /// Taken and not ended yet.
        var load = 0
        /// The thread is gone: `multi` may no longer be touched.
        var hasEnded = false
    }

    private let multi: UnsafeMutableRawPointer
    private let inbox = Mutex(Inbox())
    private let stopFlag = CurlStop()
    private let logger: Logger
    private var active: [UnsafeMutableRawPointer: Submission] = [:]

    /// `curl_global_init` is not thread safe: once, before the first handle.
    private static let isInitialised: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(_ configuration: CurlConfiguration, logger: Logger) {
        precondition(Self.isInitialised, "libcurl cannot be initialised")
        guard let multi = curl_multi_init() else { preconditionFailure("out of memory for curl_multi_init") }
        self.multi = multi
        self.logger = logger
        _ = squadchat_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
        _ = squadchat_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.idleConnections)
    }

    func start() {
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, curlThread, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "no thread for libcurl: \(code)")
        pthread_detach(thread)
    }

    /// Transfers taken and not ended yet.
    var load: Int { self.inbox.withLock { $0.load } }

    func submit(_ submission: Submission) {
        submission.transfer.isStopping = self.stopFlag
        let isAccepted = self.inbox.withLock { inbox in
            guard !inbox.isStopping else { return false }
            inbox.load += 1
            inbox.submissions.append(submission)
            curl_multi_wakeup(self.multi)
            return true
        }
        if !isAccepted { submission.reply.resume(returning: .failure(.shutDown)) }
    }

    /// May come before, during or after the transfer: the mark is read by the thread whenever it takes one up.
    func cancel(_ transfer: CurlTransfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        self.inbox.withLock { inbox in
            guard !inbox.hasEnded else { return }
            inbox.hasCancellations = true
            curl_multi_wakeup(self.multi)
        }
    }

    func stop() {
        self.stopFlag.value.store(true, ordering: .releasing)
        self.inbox.withLock { inbox in
            guard !inbox.isStopping else { return }
            inbox.isStopping = true
            curl_multi_wakeup(self.multi)
        }
    }

    /// The body of the thread.
    func run() {
        while self.takeInbox() {
            var running: CInt = 0
            curl_multi_perform(self.multi, &running)
            self.finishCompleted()
            var touched: CInt = 0
            curl_multi_poll(self.multi, nil, 0, 1_000, &touched)
        }
        for submission in self.active.values { self.abort(submission) }
        self.inbox.withLock { $0.hasEnded = true }
        curl_multi_cleanup(self.multi)
        self.logger.debug("the curl thread has ended")
    }

    /// - Returns: Whether to go on.
    private func takeInbox() -> Bool {
        let taken = self.inbox.withLock { inbox in
            defer { (inbox.submissions, inbox.hasCancellations) = ([], false) }
            return inbox
        }
        for submission in taken.submissions {
            if taken.isStopping {
                self.reply(to: submission, .failure(.shutDown))
            } else if submission.transfer.isCancelled.load(ordering: .acquiring) {
                self.reply(to: submission, .failure(.cancelled(mayHaveRun: false)))
            } else {
                self.begin(submission)
            }
        }
        if taken.hasCancellations {
            for submission in self.active.values where submission.transfer.isCancelled.load(ordering: .acquiring) {
                self.abort(submission)
            }
        }
        return !taken.isStopping
    }

    private func abort(_ submission: Submission) {
        let mayHaveRun = submission.transfer.isHandedOver
        self.remove(submission, result: .failure(.cancelled(mayHaveRun: mayHaveRun)))
    }

    private func reply(to submission: Submission, _ result: Result<Void, CurlError>) {
        self.inbox.withLock { $0.load -= 1 }
        submission.reply.resume(returning: result)
    }

    private func begin(_ submission: Submission) {
        let handle = submission.transfer.handle
        submission.transfer.begin()
        let code = curl_multi_add_handle(self.multi, handle)
        guard code == CURLM_OK else {
            self.reply(to: submission, .failure(.invalid(String(cString: curl_multi_strerror(code)))))
            return
        }
        self.active[handle] = submission
    }

    private func finishCompleted() {
        var left: CInt = 0
        while let message = curl_multi_info_read(self.multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let submission = self.active[handle]
            else { continue }
            self.remove(submission, result: submission.transfer.finish(message.pointee.data.result))
        }
    }

    private func remove(_ submission: Submission, result: Result<Void, CurlError>) {
        self.active[submission.transfer.handle] = nil
        curl_multi_remove_handle(self.multi, submission.transfer.handle)
        self.reply(to: submission, result)
    }
}

/// A named function: a closure would carry the isolation of where it stands onto a foreign thread.
private func curlThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
