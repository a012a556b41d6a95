import WireContract

/// One command of every kind that changes something, so that a loop over them is a loop over the scripts.
enum EveryCommand {
    /// Applied first: a room with a message and a signal.
    static func prepare(_ bench: ScriptBench) async throws {
        try await bench.apply(.joinSquadRoom, "{}", id: "p1")
        try await bench.apply(.sendMessage, #"{"content":"first"}"#, id: "p2")
        try await bench.apply(.postSignal, #"{"signal_id":"S1","pair":"EURUSD"}"#, user: "", id: "p3")
    }

    static func list(epoch: String) -> [(kind: ChatCommand.Kind, data: String, user: String)] {
        [
            (.joinSquadRoom, "{}", "ghost-2"),
            (.resume, #"{"seq":1,"epoch":"\#(epoch)"}"#, "ghost-2"),
            (.leave, "{}", "viper-1"),
            (.sendMessage, #"{"content":"second"}"#, "viper-1"),
            (.addReaction, #"{"message_id":"squad_alpha.\#(epoch).4","emoji":"👍"}"#, "viper-1"),
            (.removeReaction, #"{"message_id":"squad_alpha.\#(epoch).4","emoji":"👍"}"#, "viper-1"),
            (.postSignal, #"{"signal_id":"S2","pair":"GBPUSD"}"#, ""),
            (.updateSignal, #"{"signal_id":"S1","outcome":"WIN"}"#, ""),
            (.postSystem, #"{"content":"notice"}"#, ""),
            (.changeRights, #"{"user_id":"viper-1"}"#, ""),
            (.removeMember, #"{"user_id":"viper-1"}"#, ""),
            (.sendMessage, #"{"content":7}"#, "viper-1"),
            (.postSystem, #"{"content":7}"#, ""),
        ]
    }
}
