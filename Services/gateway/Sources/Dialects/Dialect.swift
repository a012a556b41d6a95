import Domain
import NIOCore
import WireContract

/// How one kind of client is spoken to: what a gateway has to say → whole frames, ready to be written. One object per
/// dialect: a room tells by its identity which sockets may be given the same bytes.
protocol Dialect: AnyObject, Sendable {
    /// An event of a room; the bytes are the same for every socket of the dialect.
    func event(_ event: LiveEvent) -> ByteBuffer
    /// A push that belongs to no room.
    func push(_ name: StaticString, _ json: ByteBuffer) -> ByteBuffer
    /// The answer to what a client has asked under this id.
    func ok(_ id: ByteBuffer, _ json: ByteBuffer) -> ByteBuffer
    /// A refusal; the id is `nil` when the client gave none.
    func error(_ id: ByteBuffer?, _ json: ByteBuffer) -> ByteBuffer
}

extension Dialect {
    func error(_ id: ByteBuffer?, _ refusal: Refusal) -> ByteBuffer {
        self.error(id, ByteBuffer(bytes: refusal.encoded))
    }
}
