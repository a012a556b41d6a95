import Domain
import Redis
import WireContract
import WorkQueue

@testable import ChatService

/// Every script that the holder of a partition runs outside any command.
struct EveryHolderCall {
    let name: String
    let call: (HolderHead) -> RedisScript.Call
    /// Whether it runs before the partition is open under the present life of the server.
    let anyRun: Bool

    private init<Call: ScriptCall>(anyRun: Bool = false, _ make: @escaping (HolderHead) -> Call) {
        self.name = Call.script.redis.name
        self.call = { make($0).call }
        self.anyRun = anyRun
    }

    /// In an order in which all of them are applied, after ``EveryCommand/prepare(_:)``.
    static func list(_ keys: ChatKeys, epoch: String) -> [EveryHolderCall] {
        let room = keys.room("squad_alpha")
        let lost = keys.room("squad_lost")
        let seen = keys.seen(room: "squad_lost", author: "owl-3", id: "c1")
        return [
            EveryHolderCall(anyRun: true) {
                RestoreRoomCall(head: $0, room: "squad_lost", name: "\"Lost\"", squad: "lost", record: [], created: 1)
            },
            EveryHolderCall(anyRun: true) {
                RestoreMemberCall(head: $0, room: "squad_lost", user: "owl-3", member: Array(#"{"seq":1}"#.utf8))
            },
            EveryHolderCall(anyRun: true) {
                RestoreMarkCall(head: $0, key: seen, value: Array("digest".utf8), seconds: 60)
            },
            EveryHolderCall(anyRun: true) {
                SetAsideCall(
                    head: $0, key: lost.online, aside: BrokenKeys.name(of: lost.online, setAsideAt: 1), found: "list")
            },
            EveryHolderCall(anyRun: true) {
                OpenPartitionCall(head: $0, group: RedisNames.notifierGroup, epoch: epoch, opening: "1 token")
            },
            EveryHolderCall {
                let event = ArchivedEvent(
                    sequence: 1, event: "new_message", message: "m1", user: "owl-3", flags: "-",
                    json: Array("{}".utf8))
                return RestoreLogCall(head: $0, room: lost, anew: false, events: [event])
            },
            EveryHolderCall {
                let message = ArchivedMessage(id: "m1", sequence: 1, json: Array("{}".utf8))
                return RestoreMessagesCall(
                    head: $0, room: lost, anew: false, messages: [message], forgotten: ["m0"])
            },
            EveryHolderCall {
                ReopenRoomCall(head: $0, room: lost, archived: 1, onlyArchived: nil, archivedEpochs: "")
            },
            EveryHolderCall {
                TrimRoomCall(head: $0, room: room, kept: 1, archived: 4, reacted: ["squad_alpha.\(epoch).4"])
            },
            EveryHolderCall { TrimOutboxCall(head: $0, firstKept: StreamID(milliseconds: 0, sequence: 1)) },
            EveryHolderCall {
                DeclareAbsentCall(head: $0, now: 1, room: "squad_alpha", user: "viper-1", left: Array("{}".utf8))
            },
            EveryHolderCall { ForgetGatewayCall(head: $0, gateway: "gw") },
            EveryHolderCall {
                AnswerCommandCall(
                    head: $0, epoch: epoch,
                    entry: StreamEntry(id: StreamID(milliseconds: 1, sequence: 0), fields: []), gateway: "gw",
                    text: Array("r ok - - - 0\n{}\n".utf8), reason: "a reason",
                    moment: Moment(Timestamp(milliseconds: 1)))
            },
        ]
    }
}
