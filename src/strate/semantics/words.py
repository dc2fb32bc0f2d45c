"""Words that carry no theme: function words of French and English, and words that only judge.

All are written as `tokens` writes them: lower case, without accents, French elisions and English contractions cut off.
"""

_FRENCH_FUNCTION_WORDS = """
ai aie aient ainsi alors apres assez attendu au aucun aucune aujourd auquel aura aurai auraient aurais aurait aurez
auront aussi autant autre autres aux auxquelles auxquels avaient avais avait avant avec avez aviez avions avoir avons
ayant beaucoup car ce ceci cela celle celles celui cependant certain certaine certaines certains ces cet cette ceux
chacun chacune chaque chez ci comme comment contre dans davantage de deja depuis des desormais deux devant devoir doit
doivent donc dont du durant elle elles en encore enfin ensuite entre envers environ es est et etaient etais etait
etant ete etes etre eu eux faire fais faisait fait faites faut fera fois font furent hors hui ici il ils jamais je
jusqu jusque la laquelle le lequel les lesquelles lesquels leur leurs lors lorsque lui ma mais me meme memes mes met
mettre mien mienne moi moins mon ne neanmoins ni non nos notre nous on ont ou oui par parce parfois parmi pas pendant
peu peut peuvent peux plupart plus plusieurs plutot pour pourquoi pourrait pouvait pouvez pouvoir pres presque puis
puisque quand quant que quel quelle quelles quelqu quelque quelques quels qui quoi quoique rien sa sans sauf se selon
sera serai seraient serait seront ses si sien sienne sinon soi soient sois soit sommes son sont sous souvent suis
suivant sur ta tandis tant te tel telle telles tels tes toi ton toujours tous tout toute toutefois toutes tres trop tu
un une va vais vas vers veut veux vient voici voila voir vont vos votre vouloir vous vraiment vu ya
"""
FRENCH_FUNCTION_WORDS = frozenset(_FRENCH_FUNCTION_WORDS.split())

_ENGLISH_FUNCTION_WORDS = """
about above after again against all almost along already also although always am among an and another any anybody
anyone anything are aren around as at away be became because been before being below between both but by came can
cannot come comes could couldn did didn do does doesn doing don done down during each either else enough etc even ever
every everybody everyone everything few first for from further get gets getting give given go goes going gone got had
hadn has hasn have haven having he hence her here hers herself him himself his how however if in into is isn it its
itself just keep kept know last least less let like likes ll made make makes making many may maybe me might more most
much must mustn my myself need needs neither never no nobody none nor not nothing now of off often on once one only
onto or other others our ours ourselves out over own per perhaps put quite rather re really said same say says see
seem seems several shall she should shouldn since so some somebody someone something sometimes somewhere still such
take taken than that the their theirs them themselves then there therefore these they thing things this those though
through thus to together too toward towards two under until up upon us use used using ve very want wants was wasn way
we well were weren what whatever when where whether which while who whole whom whose why will with within without won
would wouldn yes yet you your yours yourself yourselves
"""
ENGLISH_FUNCTION_WORDS = frozenset(_ENGLISH_FUNCTION_WORDS.split())

# A theme is what somebody speaks of; these say how they feel about it.
_FRENCH_SENTIMENT_WORDS = """
adore adorer affreux agreable aime aimer aimerais apprecie apprecier beau belle belles bien bof bon bonne bonnes bons
bravo catastrophe catastrophique content contente contents deception decevant decevante decu decue decus deteste
detester dommage enchante enchantee enerve excellent excellente excellents extra fantastique formidable genial geniale
geniaux heureuse heureux horrible incroyable insatisfait insatisfaite insupportable joli jolie magnifique mal
malheureusement mauvais mauvaise mauvaises mecontent mecontente mediocre meilleur meilleure merci merveilleux mieux
moche moyen nul nulle nulles nuls parfait parfaite parfaitement pire plaisir prefere preferer ravi ravie regrette
satisfait satisfaite satisfaits sublime super sympa terrible top triste
"""
FRENCH_SENTIMENT_WORDS = frozenset(_FRENCH_SENTIMENT_WORDS.split())

_ENGLISH_SENTIMENT_WORDS = """
amazing angry annoyed annoying appreciate awesome awful bad beautiful best better brilliant delighted disappoint
disappointed disappointing dislike enjoy enjoyed excellent fantastic fine good great happy hate hated horrible
incredible lousy love loved lovely mediocre nice perfect perfectly pleasant please pleased poor prefer pretty sad
satisfied sorry superb terrible thank thanks ugly unfortunately unhappy unpleasant unsatisfied upset wonderful worse
worst
"""
ENGLISH_SENTIMENT_WORDS = frozenset(_ENGLISH_SENTIMENT_WORDS.split())
