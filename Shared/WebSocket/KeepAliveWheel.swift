import NIOCore

/// The ping deadlines of all connections of one event loop, in one repeating task: a timer per connection would cost
/// more memory than the connection itself. Confined to its loop.
final class KeepAliveWheel: @unchecked Sendable {
    /// Where a connection stands in the wheel.
    struct Slot {
        var bucket: Int32 = -1
        var index: Int32 = -1
    }

    private var buckets: [[WebSocketConnection]]
    private var hand = 0
    private var next = 0

    /// - Parameters:
    ///   - interval: Every connection is visited once in it; pings are spread evenly over it.
    init(eventLoop: any EventLoop, interval: Duration) {
        let count = max(1, min(120, Int(interval.components.seconds * 2)))
        self.buckets = Array(repeating: [], count: count)
        let step = TimeAmount(interval).nanoseconds / Int64(count)
        // The task keeps the wheel alive, and ends with the loop.
        eventLoop.scheduleRepeatedTask(initialDelay: .nanoseconds(step), delay: .nanoseconds(step)) { _ in
            self.turn()
        }
    }

    func insert(_ connection: WebSocketConnection) {
        // Behind the hand by a turning bucket, so that a connection is first visited after about one interval, and
        // connections that arrive together are not pinged together.
        let bucket =
            (self.hand + self.buckets.count - 1 - self.next % max(1, self.buckets.count / 2)) % self.buckets.count
        self.next &+= 1
        connection.slot = Slot(bucket: Int32(bucket), index: Int32(self.buckets[bucket].count))
        self.buckets[bucket].append(connection)
    }

    func remove(_ connection: WebSocketConnection) {
        let slot = connection.slot
        guard slot.bucket >= 0 else { return }
        connection.slot = Slot()
        let bucket = Int(slot.bucket)
        let last = self.buckets[bucket].removeLast()
        guard last !== connection else { return }
        self.buckets[bucket][Int(slot.index)] = last
        last.slot.index = slot.index
    }

    private func turn() {
        self.hand = (self.hand + 1) % self.buckets.count
        // Backwards: a connection that closes takes itself out, and the last takes its place.
        var index = self.buckets[self.hand].count - 1
        while index >= 0 {
            if index < self.buckets[self.hand].count { self.buckets[self.hand][index].keepAlive() }
            index -= 1
        }
    }
}
