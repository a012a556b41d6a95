import NIOCore
import Redis
import WireContract

/// Hands on what the subscriber of one event loop hears: answers to the commands' client, personal events to the inbox,
/// everything else to the rooms. Confined to its loop.
final class ChannelRouter: RedisSubscriberDelegate, @unchecked Sendable {
    private struct Destinations {
        let chat: ChatClient
        let inbox: Inbox
        let rooms: RoomSubscriptions
    }

    private let replies: RedisSubscriber.Channel
    private let counters: LoopCounters
    private var destinations: Destinations?
    /// Whether answers can come: the channel for them is subscribed.
    private(set) var isSubscribed = false

    init(gateway: String, counters: LoopCounters) {
        self.replies = .plain(RedisNames.gateway(gateway))
        self.counters = counters
    }

    /// To be called once, before the subscriber runs: those who are told need the subscriber, and it needs this.
    func begin(_ subscriber: RedisSubscriber, chat: ChatClient, inbox: Inbox, rooms: RoomSubscriptions) {
        self.destinations = Destinations(chat: chat, inbox: inbox, rooms: rooms)
        subscriber.subscribe(self.replies)
    }

    func subscriber(_ subscriber: RedisSubscriber, received payload: ByteBuffer, on channel: String, sharded: Bool) {
        guard let destinations = self.destinations else { return }
        guard sharded else { return destinations.chat.received(payload) }
        if destinations.inbox.received(payload, on: channel) { return }
        guard let event = LiveEvent(payload) else {
            self.counters.malformed += 1
            return
        }
        destinations.rooms.received(event)
    }

    func subscriberReadComplete(_ subscriber: RedisSubscriber) {
        self.destinations?.rooms.flushDue()
    }

    func subscriberConnected(_ subscriber: RedisSubscriber, runID: String, isReconnect: Bool) {
        self.isSubscribed = true
        self.destinations?.chat.reconnected()
        guard isReconnect else { return }
        self.destinations?.rooms.interrupted()
        self.destinations?.inbox.interrupted()
    }

    func subscriberDisconnected(_ subscriber: RedisSubscriber) {
        self.isSubscribed = false
    }

    func subscriber(_ subscriber: RedisSubscriber, lost channel: RedisSubscriber.Channel) {}

    func subscriber(_ subscriber: RedisSubscriber, restored channel: RedisSubscriber.Channel) {
        self.destinations?.rooms.interrupted(channel: channel.name)
        self.destinations?.inbox.interrupted(channel: channel.name)
        if channel == self.replies { self.destinations?.chat.reconnected() }
    }
}
