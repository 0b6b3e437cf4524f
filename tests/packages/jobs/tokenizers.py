"""A tokenizer is trained, saved as JSON, loaded, and used in both directions."""

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers


def job():
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        ["the cat sat", "the hat", "a cat"] * 3,
        trainers.BpeTrainer(vocab_size=60, special_tokens=["[UNK]"], show_progress=False),
    )
    again = Tokenizer.from_str(tokenizer.to_str())
    coded = again.encode("The Cät")
    return [coded.tokens, coded.offsets, again.decode(coded.ids), again.get_vocab_size()]
