import CCurl

/// The transfer of one ``HTTPRequest``.
final class HTTPTransfer: CurlTransfer, @unchecked Sendable {
    private(set) var response = HTTPResponse(status: 0, headers: [], body: [])
    private let limit: Int
    private var isTooLarge = false

    init(_ request: HTTPRequest) throws(CurlError) {
        self.limit = request.maximumResponseBytes
        try Self.check(request)
        try super.init(
            url: request.url, protocols: "http,https",
            limits: TransferLimits(connect: request.connectTimeout, total: request.timeout), trust: request.trust)
        // No “Expect: 100-continue”: it costs a round trip, and a second with servers that do not know it.
        let lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" } + ["Expect:"]
        try self.set(CURLOPT_HTTPHEADER, list: lines)
        if !request.body.isEmpty || request.method == "POST" || request.method == "PUT" {
            try self.set(CURLOPT_POST, 1)
            try self.setUpload(request.body, size: CURLOPT_POSTFIELDSIZE_LARGE)
        } else if request.method == "HEAD" {
            try self.set(CURLOPT_NOBODY, 1)
        }
        try self.set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    override var isHandedOver: Bool {
        // For a request without a body this errs on the careful side: connected counts as handed over.
        self.taken == self.upload.count && self.number(CURLINFO_REQUEST_SIZE) > 0
    }

    override func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard self.response.body.count + bytes.count <= self.limit else {
            self.isTooLarge = true
            return false
        }
        self.response.body.append(contentsOf: bytes)
        return true
    }

    override func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let line = String(decoding: bytes, as: UTF8.self)
        guard !line.hasPrefix("HTTP/") else {
            self.response.headers = []  // an interim answer (1xx) came before; the last one counts
            return true
        }
        guard self.response.headers.count < 256, let colon = line.firstIndex(of: ":") else { return true }
        let value = line[line.index(after: colon)...]
        self.response.headers.append((String(line[..<colon]), value.trimmed))
        return true
    }

    override func finish(_ code: CURLcode) -> Result<Void, CurlError> {
        if self.isTooLarge { return .failure(.responseTooLarge(limit: self.limit)) }
        guard code == CURLE_OK else { return .failure(self.failure(code)) }
        self.response.status = self.number(CURLINFO_RESPONSE_CODE)
        return .success(())
    }

    private static func check(_ request: HTTPRequest) throws(CurlError) {
        let isToken = { (text: String) in
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
        }
        guard isToken(request.method) else { throw .invalid("the method is not a token") }
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .invalid("the URL has spaces or control characters")
        }
        for (name, value) in request.headers {
            guard isToken(name) else { throw .invalid("the header name is not a token") }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw .invalid("header \(name) has control characters")
            }
        }
    }
}

extension Substring {
    /// Without the white space at both ends.
    var trimmed: String {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
