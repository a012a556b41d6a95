import NIOCore
import Redis
import WireContract
import WorkQueue

/// Publishes what was prepared beside the pipeline, and takes the command from its stream.
struct AnswerCommandCall: ScriptCall {
    static let script = ChatScript.holder("answer_command", PackageResources.answer_command_lua)

    let head: HolderHead
    /// The partition's, under which the answer was read; empty for one that says nothing of rooms.
    var epoch = ""
    let entry: StreamEntry
    /// The gateway that waits; nil when nobody does.
    let gateway: String?
    let text: [UInt8]
    /// Why the command goes to the dead letters; nil for one that does not.
    var reason: String?
    let moment: Moment

    func fill(_ input: inout ScriptInput) {
        self.head.fill(&input)
        input.key("COMMANDS", .stream, self.head.keys.commands)
        // An answer has nothing to do with it.
        input.key("DEAD", self.reason == nil ? .unchecked : .stream, self.head.keys.dead)
        input.argument("epoch", self.epoch)
        input.argument("entry", "\(self.entry.id)")
        input.argument("channel", self.gateway.map { RedisNames.gateway($0) } ?? "")
        input.argument("text", self.text)
        input.argument("reason", self.reason ?? "")
        input.argument("now_ms", self.moment.milliseconds)
        guard self.reason != nil else { return }
        for (name, value) in self.entry.fields.prefix(64) {
            input.more([RedisArgument(name), RedisArgument(value)])
        }
    }
}
