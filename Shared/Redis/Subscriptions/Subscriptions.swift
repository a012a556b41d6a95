internal import NIOCore

/// What is wanted, over all connections. Lives on the subscriber's event loop.
final class Subscriptions {
    private struct Wanted {
        /// Which `subscribe` call this is: a confirmation that an earlier one had asked for, before an unsubscribe,
        /// says nothing about this one.
        let generation: Int
        var isConfirmed = false
        /// Somebody relies on it since the first confirmation.
        var wasConfirmed = false
        /// The server ended it unasked, and the delegate was told.
        var isLost = false
        var waiters: [EventLoopPromise<Void>] = []
    }

    private var wanted: [RedisSubscriber.Channel: Wanted] = [:]
    private var nextGeneration = 0
    /// The present connection.
    private var handler: SubscriptionHandler?
    private var hasBeenConnected = false
    /// Channels that the present connection must confirm before it counts as connected.
    private var restoring: Set<RedisSubscriber.Channel>?
    /// Refused for now; asked for again at the next tick.
    private var retrying: Set<RedisSubscriber.Channel> = []
    private var isStopped = false

    deinit { self.stop() }

    /// The subscriber has ended: whoever waits hears it, and whoever comes later.
    func stop() {
        self.isStopped = true
        let waiters = self.wanted.values.flatMap(\.waiters)
        self.wanted = [:]
        for waiter in waiters { waiter.fail(RedisError.notConnected) }
    }

    func subscribe(_ channel: RedisSubscriber.Channel, _ promise: EventLoopPromise<Void>) {
        guard !self.isStopped else { return promise.fail(RedisError.notConnected) }
        if let present = self.wanted[channel] {
            if present.isConfirmed {
                promise.succeed()
            } else {
                self.wanted[channel]?.waiters.append(promise)
            }
            return
        }
        self.nextGeneration += 1
        self.wanted[channel] = Wanted(generation: self.nextGeneration, waiters: [promise])
        self.handler?.subscribe(channel, generation: self.nextGeneration)
    }

    func unsubscribe(_ channel: RedisSubscriber.Channel) {
        guard let given = self.wanted.removeValue(forKey: channel) else { return }
        self.retrying.remove(channel)
        for waiter in given.waiters { waiter.fail(RedisError.unexpectedReply("given up before it was confirmed")) }
        self.handler?.unsubscribe(channel)
        self.noteRestored(channel)
    }

    /// A new connection: asks for everything.
    func connected(_ handler: SubscriptionHandler) {
        self.handler = handler
        self.retrying = []
        self.restoring = Set(self.wanted.keys)
        for (channel, wanted) in self.wanted { handler.subscribe(channel, generation: wanted.generation) }
        self.checkRestored()
    }

    func disconnected(_ handler: SubscriptionHandler) {
        guard self.handler === handler else { return }
        self.handler = nil
        self.restoring = nil
        self.retrying = []
        for channel in self.wanted.keys {
            self.wanted[channel]?.isConfirmed = false
            self.wanted[channel]?.isLost = false
        }
        handler.subscriber.delegate.subscriberDisconnected(handler.subscriber)
    }

    /// The server confirmed what we asked for.
    func confirmed(_ channel: RedisSubscriber.Channel, generation: Int) {
        guard let wanted = self.wanted[channel], wanted.generation == generation else { return }
        self.wanted[channel]?.isConfirmed = true
        self.wanted[channel]?.wasConfirmed = true
        self.wanted[channel]?.isLost = false
        self.wanted[channel]?.waiters = []
        for waiter in wanted.waiters { waiter.succeed() }
        if wanted.isLost, let subscriber = self.handler?.subscriber {
            subscriber.delegate.subscriber(subscriber, restored: channel)
        }
        self.noteRestored(channel)
    }

    /// The server refused what we asked for.
    func refused(_ channel: RedisSubscriber.Channel, generation: Int, _ error: RedisServerError) {
        guard let wanted = self.wanted[channel], wanted.generation == generation else { return }
        // A subscription that somebody relies on is not given up: a slot on its way is refused for a moment only.
        if error.isRetryable || wanted.wasConfirmed {
            self.retrying.insert(channel)
            return
        }
        self.wanted[channel] = nil
        for waiter in wanted.waiters { waiter.fail(RedisError.server(error)) }
        self.noteRestored(channel)
    }

    /// The server ended a subscription unasked.
    func ended(_ channel: RedisSubscriber.Channel) {
        guard let wanted = self.wanted[channel], wanted.isConfirmed, let handler = self.handler else { return }
        self.wanted[channel]?.isConfirmed = false
        self.wanted[channel]?.isLost = true
        handler.subscriber.delegate.subscriber(handler.subscriber, lost: channel)
        handler.subscribe(channel, generation: wanted.generation)
    }

    /// Once per PING.
    func tick() {
        let channels = self.retrying
        self.retrying = []
        for channel in channels {
            if let wanted = self.wanted[channel] { self.handler?.subscribe(channel, generation: wanted.generation) }
        }
    }

    private func noteRestored(_ channel: RedisSubscriber.Channel) {
        guard self.restoring?.remove(channel) != nil else { return }
        self.checkRestored()
    }

    private func checkRestored() {
        guard self.restoring?.isEmpty == true, let handler = self.handler else { return }
        self.restoring = nil
        let isReconnect = self.hasBeenConnected
        self.hasBeenConnected = true
        handler.subscriber.delegate.subscriberConnected(
            handler.subscriber, runID: handler.runID, isReconnect: isReconnect)
    }
}
