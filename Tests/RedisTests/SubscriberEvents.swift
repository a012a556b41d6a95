import NIOConcurrencyHelpers
import NIOCore
import Redis

/// Notes what a subscriber tells, one line each.
final class SubscriberEvents: RedisSubscriberDelegate {
    private let lines = NIOLockedValueBox<[String]>([])
    private let reads = NIOLockedValueBox(0)

    var all: [String] { self.lines.withLockedValue { $0 } }
    /// How often the end of a read was told.
    var readCount: Int { self.reads.withLockedValue { $0 } }

    func clear() { self.lines.withLockedValue { $0 = [] } }

    private func note(_ line: String) { self.lines.withLockedValue { $0.append(line) } }

    /// A publication is `channel: payload`, on a shard channel `channel= payload`.
    func subscriber(_ subscriber: RedisSubscriber, received payload: ByteBuffer, on channel: String, sharded: Bool) {
        subscriber.eventLoop.preconditionInEventLoop()
        self.note("\(channel)\(sharded ? "=" : ":") \(String(buffer: payload))")
    }

    func subscriberReadComplete(_ subscriber: RedisSubscriber) { self.reads.withLockedValue { $0 += 1 } }

    func subscriberConnected(_ subscriber: RedisSubscriber, runID: String, isReconnect: Bool) {
        self.note("connected \(isReconnect ? "again" : "first") \(runID)")
    }

    func subscriberDisconnected(_ subscriber: RedisSubscriber) { self.note("disconnected") }

    func subscriber(_ subscriber: RedisSubscriber, lost channel: RedisSubscriber.Channel) {
        self.note("lost \(channel.name)")
    }

    func subscriber(_ subscriber: RedisSubscriber, restored channel: RedisSubscriber.Channel) {
        self.note("restored \(channel.name)")
    }
}
