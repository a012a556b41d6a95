internal import CHiredis
internal import NIOCore

/// Turns bytes of the socket into replies, through hiredis' reader.
///
/// hiredis calls back for each element. The callbacks only note a token and append the element's bytes to one buffer
/// per read; values are slices of that buffer. So a read of a thousand publications costs one allocation, not thousands.
///
/// Use on one thread: ``feed(_:)``, then ``next()`` until `nil`, then ``finish()``.
final class ReplyDecoder {
    /// Why the connection cannot be used any more, once that is known.
    private(set) var failure: RedisError?

    private let reader: UnsafeMutablePointer<redisReader>
    private let sink: UnsafeMutablePointer<ReplySink>
    private let maxReplyBytes: Int
    /// What belongs to complete replies.
    private var completeTokens = 0
    private var completeBytes = 0
    /// The next token to hand out.
    private var position = 0
    private var lastChannelName = ""

    /// hiredis moves what is left of its buffer after each kilobyte it has used: small pieces keep that cheap.
    private static let pieceSize = 8192
    /// hiredis gives its buffer back when more than this is unused.
    private static let keptBufferSize = 1 << 20
    /// After a reply of more elements the list of tokens is given back.
    private static let keptTokens = 1 << 16

    /// - Parameter maxReplyBytes: A larger reply is a ``failure``.
    init(maxReplyBytes: Int) {
        guard let reader = redisReaderCreateWithFunctions(replyFunctions) else {
            preconditionFailure("out of memory for a reader")
        }
        self.reader = reader
        self.sink = .allocate(capacity: 1)
        self.sink.initialize(to: ReplySink())
        self.maxReplyBytes = maxReplyBytes
        reader.pointee.maxbuf = Self.keptBufferSize
        reader.pointee.privdata = UnsafeMutableRawPointer(self.sink)
    }

    deinit {
        redisReaderFree(self.reader)
        self.sink.deinitialize(count: 1)
        self.sink.deallocate()
    }

    /// Takes what one read brought.
    func feed(_ buffer: ByteBuffer) {
        guard self.failure == nil else { return }
        self.sink.pointee.expectedBytes = buffer.readableBytes
        buffer.withUnsafeReadableBytes { raw in
            var offset = 0
            while offset < raw.count, self.failure == nil {
                // A large element waits in hiredis' buffer: more of it at once saves turns.
                let isWaitingForMore = self.reader.pointee.len > Self.pieceSize
                let size = min(raw.count - offset, isWaitingForMore ? raw.count : Self.pieceSize)
                self.feed(UnsafeRawBufferPointer(rebasing: raw[offset..<offset + size]))
                offset += size
            }
        }
    }

    /// The next complete reply.
    func next() -> RedisValue? {
        guard self.position < self.completeTokens else { return nil }
        return self.value()
    }

    /// The next complete reply, read as what a subscribed connection receives.
    func nextPush() -> PushReply? {
        guard self.position < self.completeTokens else { return nil }
        let tokens = self.sink.pointee.tokens
        let head = tokens[self.position]
        // smessage and message, by length: nothing else on such a connection has three bulks.
        if head.kind == .array, head.number == 3, tokens[self.position + 1].kind == .bulk,
            tokens[self.position + 2].kind == .bulk, tokens[self.position + 3].kind == .bulk
        {
            let isSharded = tokens[self.position + 1].length == 8
            let channel = tokens[self.position + 2]
            let payload = tokens[self.position + 3]
            self.position += 4
            return .publication(
                channel: self.channelName(channel), payload: self.slice(payload), isSharded: isSharded)
        }
        return .other(self.value())
    }

    /// Forgets what was handed out. Slices of it stay valid.
    func finish() {
        guard self.completeTokens > 0 else { return }
        let state = self.sink
        var kept = ByteBuffer()
        if state.pointee.bytes.writerIndex > self.completeBytes {
            let length = state.pointee.bytes.writerIndex - self.completeBytes
            if let tail = state.pointee.bytes.getSlice(at: self.completeBytes, length: length) {
                kept.writeImmutableBuffer(tail)
            }
        }
        state.pointee.bytes = kept
        if state.pointee.tokens.count == self.completeTokens {
            let isLarge = state.pointee.tokens.capacity > Self.keptTokens
            state.pointee.tokens.removeAll(keepingCapacity: !isLarge)
        } else {
            state.pointee.tokens.removeFirst(self.completeTokens)
        }
        for index in state.pointee.tokens.indices where state.pointee.tokens[index].kind.hasBytes {
            state.pointee.tokens[index].number -= self.completeBytes
        }
        self.completeTokens = 0
        self.completeBytes = 0
        self.position = 0
    }

    private func feed(_ bytes: UnsafeRawBufferPointer) {
        let status = redisReaderFeed(self.reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        guard status == REDIS_OK else { return self.fail() }
        while true {
            var reply: UnsafeMutableRawPointer?
            guard redisReaderGetReply(self.reader, &reply) == REDIS_OK else { return self.fail() }
            guard reply != nil else { break }
            self.completeTokens = self.sink.pointee.tokens.count
            self.completeBytes = self.sink.pointee.bytes.writerIndex
        }
        self.checkSize()
    }

    private func fail() {
        let text = withUnsafeBytes(of: self.reader.pointee.errstr) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.failure = .protocolViolation(text)
    }

    /// Refuses a reply that is, or says that it will be, too large — before its bytes have been collected.
    private func checkSize() {
        let waiting = self.reader.pointee.len - self.reader.pointee.pos
        let collected =
            (self.sink.pointee.tokens.count - self.completeTokens) * MemoryLayout<ReplyToken>.stride
            + (self.sink.pointee.bytes.writerIndex - self.completeBytes)
        if collected + max(waiting, self.announcedBulkSize(waiting: waiting)) > self.maxReplyBytes {
            self.failure = .protocolViolation("a reply of more than \(self.maxReplyBytes) bytes")
        }
    }

    /// The length in the header of the bulk that hiredis waits for, or zero. It has read the `$` already.
    private func announcedBulkSize(waiting: Int) -> Int {
        let level = Int(self.reader.pointee.ridx)
        guard level >= 0, let buffer = self.reader.pointee.buf else { return 0 }
        let type = withUnsafeBytes(of: &self.reader.pointee.rstack) { stack in
            stack.bindMemory(to: redisReadTask.self)[level].type
        }
        guard type == REDIS_REPLY_STRING else { return 0 }
        let start = buffer.advanced(by: self.reader.pointee.pos)
        var length = 0
        for index in 0..<min(waiting, 18) {
            let digit = Int(start[index]) - Int(UInt8(ascii: "0"))
            guard (0...9).contains(digit) else { break }
            length = length * 10 + digit
        }
        return length
    }

    private func slice(_ token: ReplyToken) -> ByteBuffer {
        self.sink.pointee.bytes.getSlice(at: token.number, length: token.length) ?? ByteBuffer()
    }

    private func text(_ token: ReplyToken) -> String {
        self.sink.pointee.bytes.getString(at: token.number, length: token.length) ?? ""
    }

    /// The text of a token; without allocating when it is the same as last time, as in a busy channel.
    private func channelName(_ token: ReplyToken) -> String {
        let isSame = self.sink.pointee.bytes.withUnsafeReadableBytes { raw in
            let bytes = raw[token.number..<token.number + token.length]
            return self.lastChannelName.utf8.withContiguousStorageIfAvailable { name in
                name.count == bytes.count && bytes.elementsEqual(name)
            } ?? false
        }
        if !isSame { self.lastChannelName = self.text(token) }
        return self.lastChannelName
    }

    private func value() -> RedisValue {
        let token = self.sink.pointee.tokens[self.position]
        self.position += 1
        switch token.kind {
        case .null: return .null
        case .integer: return .integer(token.number)
        case .status: return .status(self.text(token))
        case .error: return .error(RedisServerError(self.text(token)))
        case .bulk: return .bulk(self.slice(token))
        case .array:
            var elements: [RedisValue] = []
            elements.reserveCapacity(token.number)
            for _ in 0..<token.number { elements.append(self.value()) }
            return .array(elements)
        }
    }
}

/// What a subscribed connection receives.
enum PushReply {
    case publication(channel: String, payload: ByteBuffer, isSharded: Bool)
    case other(RedisValue)
}
