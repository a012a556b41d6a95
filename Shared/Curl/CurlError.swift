/// Why a transfer did not succeed, told by what the caller can do about it.
public enum CurlError: Error, Sendable, Equatable {
    /// The request itself is wrong (a bad address, a line break in a header). Repeating it is useless; nothing was sent.
    case invalid(String)

    /// The other side could not be reached (name, connection, refused greeting). Nothing was sent: try again later.
    case unreachable(String)

    /// No trustworthy encryption: STARTTLS is missing although required, or the certificate does not check.
    /// Nothing was sent. Somebody has to change a setting, here or there.
    case untrusted(String)

    /// Name or password were refused. Somebody has to change a setting.
    case notAuthenticated(String)

    /// The time ran out.
    ///
    /// - Parameter mayHaveRun: The whole request had been handed over, so the other side may have acted on it.
    case timedOut(mayHaveRun: Bool)

    /// The connection broke.
    ///
    /// - Parameter mayHaveRun: The whole request had been handed over, so the other side may have acted on it.
    case connectionLost(String, mayHaveRun: Bool)

    /// The mail server said no to the whole message; the reply says whether for now or for ever.
    case refused(SMTPRefusal)

    /// The answer was larger than the request allows, in bytes.
    case responseTooLarge(limit: Int)

    /// The calling task was cancelled; the transfer was aborted.
    ///
    /// - Parameter mayHaveRun: The whole request had been handed over, so the other side may have acted on it.
    case cancelled(mayHaveRun: Bool)

    /// ``CurlClient/shutdown()`` came first.
    case shutDown

    /// Whether the other side may have acted although we know of no answer.
    public var mayHaveRun: Bool {
        switch self {
        case .timedOut(let mayHaveRun), .connectionLost(_, let mayHaveRun), .cancelled(let mayHaveRun): mayHaveRun
        case .invalid, .unreachable, .untrusted, .notAuthenticated, .refused, .responseTooLarge, .shutDown: false
        }
    }
}

extension CurlError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalid(let text): "invalid request: \(text)"
        case .unreachable(let text): "unreachable: \(text)"
        case .untrusted(let text): "no trusted encryption: \(text)"
        case .notAuthenticated(let text): "not authenticated: \(text)"
        case .timedOut(let mayHaveRun): "timed out\(mayHaveRun ? " before the answer" : "")"
        case .connectionLost(let text, let mayHaveRun):
            "connection lost\(mayHaveRun ? " before the answer" : ""): \(text)"
        case .refused(let refusal): "\(refusal)"
        case .responseTooLarge(let limit): "answer of more than \(limit) bytes"
        case .cancelled: "cancelled"
        case .shutDown: "shut down"
        }
    }
}
