internal import CHiredis
internal import NIOCore

/// One element of a reply, in the order in which hiredis meets them: an array before its elements.
struct ReplyToken {
    enum Kind: UInt8 {
        case null, integer, status, error, bulk, array

        /// Whether ``ReplyToken/number`` is an offset into the bytes.
        var hasBytes: Bool { self == .bulk || self == .status || self == .error }
    }

    let kind: Kind
    /// The integer, the number of elements, or the offset of the first byte.
    var number: Int
    /// Number of bytes.
    var length: Int
}

/// What hiredis' callbacks write to.
struct ReplySink {
    var tokens: [ReplyToken] = []
    var bytes = ByteBuffer()
    /// How much room to make for the first bytes: all that one read can bring.
    var expectedBytes = 0

    /// What the callbacks return: hiredis wants an object per element, and never looks at it.
    nonisolated(unsafe) fileprivate static let object = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)

    @inline(__always)
    fileprivate static func note(
        _ task: UnsafePointer<redisReadTask>?, _ kind: ReplyToken.Kind, number: Int
    ) -> UnsafeMutableRawPointer? {
        guard let sink = task?.pointee.privdata?.assumingMemoryBound(to: ReplySink.self) else { return nil }
        sink.pointee.tokens.append(ReplyToken(kind: kind, number: number, length: 0))
        return Self.object
    }
}

/// The callbacks. hiredis keeps the pointer for the reader's life; all readers share it, for the process' life.
nonisolated(unsafe) let replyFunctions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    functions.initialize(
        to: redisReplyObjectFunctions(
            createString: { task, characters, length in
                guard let task, let sink = task.pointee.privdata?.assumingMemoryBound(to: ReplySink.self) else {
                    return nil
                }
                let kind: ReplyToken.Kind =
                    switch task.pointee.type {
                    case REDIS_REPLY_ERROR: .error
                    case REDIS_REPLY_STATUS: .status
                    default: .bulk
                    }
                let offset = sink.pointee.bytes.writerIndex
                if sink.pointee.bytes.capacity == 0 { sink.pointee.bytes.reserveCapacity(sink.pointee.expectedBytes) }
                sink.pointee.bytes.writeBytes(UnsafeRawBufferPointer(start: characters, count: length))
                sink.pointee.tokens.append(ReplyToken(kind: kind, number: offset, length: length))
                return ReplySink.object
            },
            createArray: { task, count in ReplySink.note(task, .array, number: Int(count)) },
            createInteger: { task, number in ReplySink.note(task, .integer, number: Int(number)) },
            createNil: { task in ReplySink.note(task, .null, number: 0) },
            freeObject: { _ in }))
    return functions
}()
