import Redis
import WireContract

@testable import ChatService

/// Every script that the holder of a partition runs outside any command.
struct EveryHolderCall {
    let script: RedisScript
    /// Without the partition's state, which comes first.
    let keys: [String]
    /// Without token and run id.
    let arguments: [RedisArgument]
    /// Whether it runs before the partition is open under the present life of the server.
    var anyRun = false

    /// In an order in which all of them are applied, after ``EveryCommand/prepare(_:)``.
    static func list(_ keys: ChatKeys, epoch: String) -> [EveryHolderCall] {
        let room = keys.room("squad_alpha")
        let lost = keys.room("squad_lost")
        return [
            EveryHolderCall(
                script: ChatScripts.restoreRoom, keys: [lost.room, keys.rooms],
                arguments: ["squad_lost", "\"Lost\"", "lost", "1"], anyRun: true),
            EveryHolderCall(
                script: ChatScripts.restoreMember, keys: [lost.members, keys.joined(user: "owl-3")],
                arguments: ["squad_lost", "owl-3", #"{"seq":1}"#], anyRun: true),
            EveryHolderCall(
                script: ChatScripts.restoreMark, keys: [keys.seen(room: "squad_lost", author: "owl-3", id: "c1")],
                arguments: ["digest", "60"], anyRun: true),
            EveryHolderCall(
                script: ChatScripts.openPartition, keys: [keys.commands, keys.events],
                arguments: [RedisArgument(RedisNames.notifierGroup), RedisArgument(epoch)], anyRun: true),
            EveryHolderCall(
                script: ChatScripts.restoreLog, keys: [lost.log],
                arguments: ["0", "1", "new_message", "m1", "owl-3", "-", "{}"]),
            EveryHolderCall(
                script: ChatScripts.restoreMessages, keys: [lost.messages, lost.index, lost.changed],
                arguments: ["0", "1", "m1", "{}"]),
            EveryHolderCall(script: ChatScripts.reopenRoom, keys: [lost.room], arguments: ["1", "", ""]),
            EveryHolderCall(
                script: ChatScripts.trimRoom, keys: [room.room, room.log, room.messages, room.index, room.changed],
                arguments: ["1", "4"]),
            EveryHolderCall(script: ChatScripts.trimOutbox, keys: [keys.events], arguments: ["0-1"]),
            EveryHolderCall(
                script: ChatScripts.declareAbsent, keys: [room.room, room.online, room.live, keys.absent],
                arguments: ["1", "squad_alpha", "viper-1", "{}"]),
            EveryHolderCall(
                script: ChatScripts.forgetGateway, keys: [keys.gateways, keys.sockets(gateway: "gw")],
                arguments: ["gw"]),
        ]
    }
}
