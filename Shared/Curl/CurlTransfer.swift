import CCurl
import Synchronization

/// One easy handle with everything it points at. After it is submitted, only curl's thread touches it.
class CurlTransfer: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer
    /// Set by any thread, read by curl's.
    let isCancelled = Atomic<Bool>(false)
    /// Of the thread that took it.
    private var isStopping: CurlStop?
    private var lists: [UInt32: UnsafeMutablePointer<curl_slist>] = [:]
    private let errorText: UnsafeMutablePointer<CChar>
    private let limit: Duration
    private var deadline: ContinuousClock.Instant?
    /// What we send, and how much of it curl has taken.
    private(set) var upload: [UInt8] = []
    private(set) var taken = 0

    /// Whether the whole request has left us, so that the other side may act on it.
    var isHandedOver: Bool { false }

    /// - Parameters:
    ///   - url: Of one of `protocols`.
    ///   - protocols: Comma separated; anything else is refused, also in a redirect.
    init(url: String, protocols: String, limits: TransferLimits, trust: TLSTrust) throws(CurlError) {
        guard let handle = curl_easy_init() else { throw .invalid("out of memory for curl_easy_init") }
        self.handle = handle
        self.limit = limits.total
        self.errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        self.errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))

        // Signals and threads do not go together.
        try self.set(CURLOPT_NOSIGNAL, 1)
        // Without this, removing a handle waits for its name lookup to end.
        try self.set(CURLOPT_QUICK_EXIT, 1)
        try self.set(CURLOPT_PROTOCOLS_STR, protocols)
        try self.set(CURLOPT_REDIR_PROTOCOLS_STR, protocols)
        try self.set(CURLOPT_URL, url)
        try self.set(CURLOPT_CONNECTTIMEOUT_MS, limits.connect.milliseconds)
        try self.set(CURLOPT_TIMEOUT_MS, limits.total.milliseconds)
        // For a QUIT, to which the limit above does not apply; whole seconds.
        try self.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, limits.total.milliseconds / 1_000 + 1)
        // No proxy from the environment: where mail goes is said in the settings only.
        try self.set(CURLOPT_PROXY, "")
        try self.check(squadchat_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, self.errorText))
        if let file = trust.authorityFile {
            try self.set(CURLOPT_CAINFO, file)
        }
        try self.set(CURLOPT_SSL_VERIFYPEER, trust.verifiesPeer ? 1 : 0)
        try self.set(CURLOPT_SSL_VERIFYHOST, trust.verifiesPeer ? 2 : 0)
        try self.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))

        let context = Unmanaged.passUnretained(self).toOpaque()
        try self.check(squadchat_curl_set_pointer(handle, CURLOPT_READDATA, context))
        try self.check(squadchat_curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        try self.check(squadchat_curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        try self.check(squadchat_curl_set_pointer(handle, CURLOPT_DEBUGDATA, context))
        // Where curl blocks (the answer to a mail's content), this is what it still asks, once a second.
        try self.check(squadchat_curl_set_pointer(handle, CURLOPT_XFERINFODATA, context))
        try self.check(squadchat_curl_set_progress_callback(handle, curlAsksWhetherToGoOn))
        try self.set(CURLOPT_NOPROGRESS, 0)
        try self.check(squadchat_curl_set_data_callback(handle, CURLOPT_READFUNCTION, curlReads))
        try self.check(squadchat_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, curlWrites))
        try self.check(squadchat_curl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, curlReceivesHeader))
    }

    deinit {
        curl_easy_cleanup(self.handle)
        for list in self.lists.values { curl_slist_free_all(list) }
        self.errorText.deallocate()
    }

    /// A piece of the answer. - Returns: Whether to go on.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool { true }

    /// One header line of the answer, with its line break. - Returns: Whether to go on.
    func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool { true }

    /// The time begins to run.
    final func begin(stoppedBy stop: CurlStop) {
        self.isStopping = stop
        self.deadline = .now.advanced(by: self.limit)
    }

    /// Whether curl is to let go, also of a farewell to a server that does not answer.
    final var isEnding: Bool { self.isAborted || self.deadline.map { .now >= $0 } == true }

    /// Whether the caller has lost interest, or the client is shut down.
    final var isAborted: Bool {
        self.isCancelled.load(ordering: .acquiring) || self.isStopping?.value.load(ordering: .acquiring) == true
    }

    /// What goes over the wire as commands, when the subclass asked for it by ``watchWire()``.
    func observe(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {}

    /// Reads the end of the transfer.
    func finish(_ code: CURLcode) -> Result<Void, CurlError> {
        guard code == CURLE_OK else { return .failure(self.failure(code)) }
        return .success(())
    }

    final func failure(_ code: CURLcode) -> CurlError {
        if code == CURLE_ABORTED_BY_CALLBACK {
            let mayHaveRun = self.isHandedOver
            return self.isAborted ? .cancelled(mayHaveRun: mayHaveRun) : .timedOut(mayHaveRun: mayHaveRun)
        }
        return CurlError(code, detail: String(cString: self.errorText), handedOver: self.isHandedOver)
    }

    final func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try self.check(squadchat_curl_set_long(self.handle, option, value))
    }

    final func set(_ option: CURLoption, _ text: String) throws(CurlError) {
        guard !text.utf8.contains(0) else { throw .invalid("a zero byte in a setting") }
        try self.check(squadchat_curl_set_text(self.handle, option, text))
    }

    final func set(_ option: CURLoption, list texts: [String]) throws(CurlError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts {
            guard let longer = curl_slist_append(list, text) else {
                curl_slist_free_all(list)
                throw .invalid("out of memory for a list")
            }
            list = longer
        }
        guard let list else { return }
        try self.check(squadchat_curl_set_list(self.handle, option, list))
        if let former = self.lists.updateValue(list, forKey: option.rawValue) { curl_slist_free_all(former) }
    }

    final func setUpload(_ bytes: [UInt8], size option: CURLoption) throws(CurlError) {
        self.upload = bytes
        self.taken = 0
        self.errorText.pointee = 0
        try self.check(squadchat_curl_set_offset(self.handle, option, curl_off_t(bytes.count)))
    }

    final func watchWire() throws(CurlError) {
        try self.check(squadchat_curl_set_debug_callback(self.handle, curlObserves))
        try self.set(CURLOPT_VERBOSE, 1)
    }

    final func number(_ info: CURLINFO) -> Int {
        var value = 0
        _ = squadchat_curl_get_long(self.handle, info, &value)
        return value
    }

    fileprivate final func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.upload.count - self.taken)
        buffer.copyBytes(from: self.upload[self.taken..<self.taken + count])
        self.taken += count
        return count
    }

    private final func check(_ code: CURLcode) throws(CurlError) {
        guard code == CURLE_OK else { throw .invalid(String(cString: curl_easy_strerror(code))) }
    }
}

/// Says that a thread is to end; read also by its transfers, which may be blocking it.
final class CurlStop: Sendable {
    let value = Atomic<Bool>(false)
}

/// How long a transfer may take.
struct TransferLimits {
    let connect: Duration
    let total: Duration
}

extension Duration {
    /// Whole milliseconds, at least 1: curl reads 0 as “no limit”.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = self.components
        return max(1, Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}

// C calls these on curl's thread; named functions, because a closure would carry the isolation of where it stands.

private func curlReads(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
)
    -> Int
{
    guard let bytes, let context else { return 0 }
    return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        .take(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

private func curlAsksWhetherToGoOn(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> CInt {
    guard let context else { return 0 }
    return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().isEnding ? 1 : 0
}

private func curlWrites(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
)
    -> Int
{
    guard let bytes, let context else { return 0 }
    let goesOn = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        .receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return goesOn ? size * count : 0
}

private func curlReceivesHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let goesOn = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        .receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return goesOn ? size * count : 0
}

private func curlObserves(
    _ handle: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> CInt {
    guard let bytes, let context else { return 0 }
    Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        .observe(kind, UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
