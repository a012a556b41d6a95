public import Logging

/// Limits that hold for a whole client.
public struct CurlConfiguration: Sendable {
    /// Connections of one thread to one host at a time; more transfers wait for one of them. At least 1.
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

/// HTTP and SMTP over libcurl: each thread of its own with a `curl_multi`, connections kept for reuse, and one queue for
/// all of them.
///
/// Cancelling the calling task aborts its transfer. Nothing is ever repeated by itself: only the caller knows whether
/// that is harmless.
public final class CurlClient: Sendable {
    private let queue = CurlQueue()
    private let mails = MailTransfers()

    /// Starts the threads.
    public init(_ configuration: CurlConfiguration = CurlConfiguration(), logger: Logger) {
        for _ in 0..<configuration.threads { CurlLoop(configuration, queue: self.queue, logger: logger).start() }
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
        let transfer = try self.mails.take(server)
        try transfer.load(mail)
        try await self.run(transfer)
        let receipt = transfer.receipt
        self.mails.putBack(transfer)
        return receipt
    }

    /// Aborts what is under way, as by cancellation, and ends the threads. Later calls throw ``CurlError/shutDown``.
    public func shutdown() { self.queue.stop() }

    private func run(_ transfer: CurlTransfer) async throws(CurlError) {
        let result: Result<Void, CurlError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.queue.submit(CurlQueue.Submission(transfer: transfer, reply: continuation))
            }
        } onCancel: {
            self.queue.cancel(transfer)
        }
        try result.get()
    }
}
